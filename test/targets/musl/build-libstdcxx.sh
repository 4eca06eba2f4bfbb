#!/bin/sh
# Builds the C++ library of Debian's GCC against Debian's musl, since no package has it:
#   build-libstdcxx.sh FOLDER
# leaves FOLDER/libstdc++.so.6. Takes a minute and a half on two processors.
set -eu

here=$(realpath "$(dirname "$0")")
cd "$1"

version=$(gcc -dumpversion)
source=$(echo "/usr/src/gcc-$version/gcc-$version".*.tar.xz)
headers=/usr/include/x86_64-linux-musl
musl=/usr/lib/x86_64-linux-musl

mkdir work
cd work
tar -xf "$source" --strip-components=1 --wildcards --no-wildcards-match-slash \
  '*/libstdc++-v3' '*/libgcc' '*/libiberty' '*/include' '*/config' '*/config*' '*/gcc/BASE-VER' '*/gcc/DATESTAMP' \
  '*/ltmain.sh' '*/libtool*' '*/install-sh' '*/missing' '*/mkinstalldirs' '*/move-if-change' '*/depcomp'

# The headers of musl in place of glibc's; those of the compiler as they are.
flags="-nostdinc -isystem $headers -isystem $(gcc -print-file-name=include)"

# Where the library looks for how threads are done, as libgcc's own build leaves it.
mkdir -p build/libgcc build/libstdc++-v3
ln -s ../../libgcc/gthr-posix.h build/libgcc/gthr-default.h
cd build/libstdc++-v3
../../libstdc++-v3/configure --build="$(gcc -dumpmachine)" --host=x86_64-linux-musl \
  --disable-multilib --disable-nls --disable-libstdcxx-pch --disable-symvers --disable-static \
  CC="gcc $flags" CXX="g++ -nostdinc++ $flags" CFLAGS="-O1 -fPIC" CXXFLAGS="-O1 -fPIC -D_GNU_SOURCE" \
  LDFLAGS="-B$musl -L$musl" AR=ar RANLIB=ranlib AS=as LD=ld STRIP=strip
make -j"$(nproc)"

# Linked once more, with the unwinder inside: Debian's libgcc_s.so.1 wants glibc.
gcc $flags -O1 -fPIC -c "$here/find-object.c" -o find-object.o
g++ -shared -nostdlib -o "$1/libstdc++.so.6" -Wl,-soname,libstdc++.so.6 \
  "$(gcc -print-file-name=crtbeginS.o)" \
  -Wl,--whole-archive src/.libs/libstdc++convenience.a -Wl,--no-whole-archive src/.libs/compatibility*.o \
  find-object.o -lgcc_eh -lgcc -L"$musl" -lc "$(gcc -print-file-name=crtendS.o)"

cd "$1"
rm -rf work
# For what is mounted over it when the library is used.
mkdir mnt
