// Ends this process, as SIGTERM does, once the process that started it is gone. Who ends `npm start`
// means the server, but npm and the shells between do not pass every signal on.

const CHECK_MS = 500;

const parent = process.ppid;
const timer = setInterval(() => {
  if (isThere()) return;
  clearInterval(timer);
  process.kill(process.pid, "SIGTERM");
}, CHECK_MS);
timer.unref();

function isThere() {
  // An orphan gets another parent, except on Windows.
  if (process.ppid !== parent) return false;
  try {
    return process.kill(parent, 0);
  } catch (fault) {
    // It is another user's.
    return fault.code === "EPERM";
  }
}
