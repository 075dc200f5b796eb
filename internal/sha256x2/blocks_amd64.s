//go:build !purego && !goexperiment.boringcrypto

#include "textflag.h"

// Two chains in step, A and B, each of them as in Intel's "SHA Extensions" (2013):
// the hash value is in two registers, ABEF and CDGH, and the sixteen words of
// the message schedule in four, which are replaced in turn.
#define A_ABEF X1
#define A_CDGH X2
#define B_ABEF X7
#define B_CDGH X8

#define WORDS X0 // the operand that SHA256RNDS2 does not name
#define TEMP X13
#define FLIP X14 // makes words of bytes in big-endian order

// LOAD takes a hash value of a, b, c, d, e, f, g, h at ptr.
#define LOAD(ptr, abef, cdgh) \
	MOVOU   (ptr), TEMP; \
	MOVOU   16(ptr), cdgh; \
	PSHUFD  $0xB1, TEMP, TEMP; \
	PSHUFD  $0x1B, cdgh, cdgh; \
	MOVO    TEMP, abef; \
	PALIGNR $8, cdgh, abef; \
	PBLENDW $0xF0, TEMP, cdgh

#define STORE(ptr, abef, cdgh) \
	PSHUFD  $0x1B, abef, TEMP; \
	PSHUFD  $0xB1, cdgh, cdgh; \
	MOVO    TEMP, abef; \
	PBLENDW $0xF0, cdgh, abef; \
	PALIGNR $8, TEMP, cdgh; \
	MOVOU   abef, (ptr); \
	MOVOU   cdgh, 16(ptr)

// MESSAGE loads a block.
#define MESSAGE(ptr, m0, m1, m2, m3) \
	MOVOU  (ptr), m0; \
	MOVOU  16(ptr), m1; \
	MOVOU  32(ptr), m2; \
	MOVOU  48(ptr), m3; \
	PSHUFB FLIP, m0; \
	PSHUFB FLIP, m1; \
	PSHUFB FLIP, m2; \
	PSHUFB FLIP, m3

// ROUNDS12 and ROUNDS34 are four rounds, with the constants k at 4·k and the
// words of m.
#define ROUNDS12(k, abef, cdgh, m) \
	MOVO        m, WORDS; \
	PADDD       (4*k)(AX), WORDS; \
	SHA256RNDS2 WORDS, abef, cdgh

#define ROUNDS34(abef, cdgh) \
	PSHUFD      $0x0E, WORDS, WORDS; \
	SHA256RNDS2 WORDS, cdgh, abef

// SCHEDULE makes of next the words that follow those of m. SHA256MSG1 has begun
// it, three times four rounds before.
#define SCHEDULE(before, m, next) \
	MOVO       m, TEMP; \
	PALIGNR    $4, before, TEMP; \
	PADDD      TEMP, next; \
	SHA256MSG2 m, next

// The kinds of four rounds: the first and last have no words to make, some only
// begin words or only end them.
#define ROUNDS(k, abef, cdgh, m) \
	ROUNDS12(k, abef, cdgh, m); \
	ROUNDS34(abef, cdgh)

#define ROUNDS_BEGIN(k, abef, cdgh, before, m) \
	ROUNDS12(k, abef, cdgh, m); \
	ROUNDS34(abef, cdgh); \
	SHA256MSG1 m, before

#define ROUNDS_BOTH(k, abef, cdgh, before, m, next) \
	ROUNDS12(k, abef, cdgh, m); \
	SCHEDULE(before, m, next); \
	ROUNDS34(abef, cdgh); \
	SHA256MSG1 m, before

#define ROUNDS_END(k, abef, cdgh, before, m, next) \
	ROUNDS12(k, abef, cdgh, m); \
	SCHEDULE(before, m, next); \
	ROUNDS34(abef, cdgh)

// func blocks(a, b *[8]uint32, p, q *byte, n int)
TEXT ·blocks(SB), NOSPLIT, $64-40
	MOVQ  a+0(FP), R8
	MOVQ  b+8(FP), R9
	MOVQ  p+16(FP), SI
	MOVQ  q+24(FP), DI
	MOVQ  n+32(FP), CX
	LEAQ  k<>(SB), AX
	MOVOU flip<>(SB), FLIP
	LOAD(R8, A_ABEF, A_CDGH)
	LOAD(R9, B_ABEF, B_CDGH)

loop:
	MOVOU A_ABEF, 0(SP)
	MOVOU A_CDGH, 16(SP)
	MOVOU B_ABEF, 32(SP)
	MOVOU B_CDGH, 48(SP)
	MESSAGE(SI, X3, X4, X5, X6)
	MESSAGE(DI, X9, X10, X11, X12)

	ROUNDS(0, A_ABEF, A_CDGH, X3)
	ROUNDS(0, B_ABEF, B_CDGH, X9)
	ROUNDS_BEGIN(4, A_ABEF, A_CDGH, X3, X4)
	ROUNDS_BEGIN(4, B_ABEF, B_CDGH, X9, X10)
	ROUNDS_BEGIN(8, A_ABEF, A_CDGH, X4, X5)
	ROUNDS_BEGIN(8, B_ABEF, B_CDGH, X10, X11)
	ROUNDS_BOTH(12, A_ABEF, A_CDGH, X5, X6, X3)
	ROUNDS_BOTH(12, B_ABEF, B_CDGH, X11, X12, X9)
	ROUNDS_BOTH(16, A_ABEF, A_CDGH, X6, X3, X4)
	ROUNDS_BOTH(16, B_ABEF, B_CDGH, X12, X9, X10)
	ROUNDS_BOTH(20, A_ABEF, A_CDGH, X3, X4, X5)
	ROUNDS_BOTH(20, B_ABEF, B_CDGH, X9, X10, X11)
	ROUNDS_BOTH(24, A_ABEF, A_CDGH, X4, X5, X6)
	ROUNDS_BOTH(24, B_ABEF, B_CDGH, X10, X11, X12)
	ROUNDS_BOTH(28, A_ABEF, A_CDGH, X5, X6, X3)
	ROUNDS_BOTH(28, B_ABEF, B_CDGH, X11, X12, X9)
	ROUNDS_BOTH(32, A_ABEF, A_CDGH, X6, X3, X4)
	ROUNDS_BOTH(32, B_ABEF, B_CDGH, X12, X9, X10)
	ROUNDS_BOTH(36, A_ABEF, A_CDGH, X3, X4, X5)
	ROUNDS_BOTH(36, B_ABEF, B_CDGH, X9, X10, X11)
	ROUNDS_BOTH(40, A_ABEF, A_CDGH, X4, X5, X6)
	ROUNDS_BOTH(40, B_ABEF, B_CDGH, X10, X11, X12)
	ROUNDS_BOTH(44, A_ABEF, A_CDGH, X5, X6, X3)
	ROUNDS_BOTH(44, B_ABEF, B_CDGH, X11, X12, X9)
	ROUNDS_BOTH(48, A_ABEF, A_CDGH, X6, X3, X4)
	ROUNDS_BOTH(48, B_ABEF, B_CDGH, X12, X9, X10)
	ROUNDS_END(52, A_ABEF, A_CDGH, X3, X4, X5)
	ROUNDS_END(52, B_ABEF, B_CDGH, X9, X10, X11)
	ROUNDS_END(56, A_ABEF, A_CDGH, X4, X5, X6)
	ROUNDS_END(56, B_ABEF, B_CDGH, X10, X11, X12)
	ROUNDS(60, A_ABEF, A_CDGH, X6)
	ROUNDS(60, B_ABEF, B_CDGH, X12)

	MOVOU 0(SP), TEMP
	PADDD TEMP, A_ABEF
	MOVOU 16(SP), TEMP
	PADDD TEMP, A_CDGH
	MOVOU 32(SP), TEMP
	PADDD TEMP, B_ABEF
	MOVOU 48(SP), TEMP
	PADDD TEMP, B_CDGH
	ADDQ  $64, SI
	ADDQ  $64, DI
	DECQ  CX
	JNZ   loop

	STORE(R8, A_ABEF, A_CDGH)
	STORE(R9, B_ABEF, B_CDGH)
	RET

// func cpuid(leaf, subleaf uint32) (eax, ebx, ecx, edx uint32)
TEXT ·cpuid(SB), NOSPLIT, $0-24
	MOVL leaf+0(FP), AX
	MOVL subleaf+4(FP), CX
	CPUID
	MOVL AX, eax+8(FP)
	MOVL BX, ebx+12(FP)
	MOVL CX, ecx+16(FP)
	MOVL DX, edx+20(FP)
	RET

DATA flip<>+0(SB)/8, $0x0405060700010203
DATA flip<>+8(SB)/8, $0x0c0d0e0f08090a0b
GLOBL flip<>(SB), RODATA|NOPTR, $16

// The constants of FIPS 180-4 §4.2.2, two in a line.
DATA k<>+0(SB)/8, $0x71374491428a2f98
DATA k<>+8(SB)/8, $0xe9b5dba5b5c0fbcf
DATA k<>+16(SB)/8, $0x59f111f13956c25b
DATA k<>+24(SB)/8, $0xab1c5ed5923f82a4
DATA k<>+32(SB)/8, $0x12835b01d807aa98
DATA k<>+40(SB)/8, $0x550c7dc3243185be
DATA k<>+48(SB)/8, $0x80deb1fe72be5d74
DATA k<>+56(SB)/8, $0xc19bf1749bdc06a7
DATA k<>+64(SB)/8, $0xefbe4786e49b69c1
DATA k<>+72(SB)/8, $0x240ca1cc0fc19dc6
DATA k<>+80(SB)/8, $0x4a7484aa2de92c6f
DATA k<>+88(SB)/8, $0x76f988da5cb0a9dc
DATA k<>+96(SB)/8, $0xa831c66d983e5152
DATA k<>+104(SB)/8, $0xbf597fc7b00327c8
DATA k<>+112(SB)/8, $0xd5a79147c6e00bf3
DATA k<>+120(SB)/8, $0x1429296706ca6351
DATA k<>+128(SB)/8, $0x2e1b213827b70a85
DATA k<>+136(SB)/8, $0x53380d134d2c6dfc
DATA k<>+144(SB)/8, $0x766a0abb650a7354
DATA k<>+152(SB)/8, $0x92722c8581c2c92e
DATA k<>+160(SB)/8, $0xa81a664ba2bfe8a1
DATA k<>+168(SB)/8, $0xc76c51a3c24b8b70
DATA k<>+176(SB)/8, $0xd6990624d192e819
DATA k<>+184(SB)/8, $0x106aa070f40e3585
DATA k<>+192(SB)/8, $0x1e376c0819a4c116
DATA k<>+200(SB)/8, $0x34b0bcb52748774c
DATA k<>+208(SB)/8, $0x4ed8aa4a391c0cb3
DATA k<>+216(SB)/8, $0x682e6ff35b9cca4f
DATA k<>+224(SB)/8, $0x78a5636f748f82ee
DATA k<>+232(SB)/8, $0x8cc7020884c87814
DATA k<>+240(SB)/8, $0xa4506ceb90befffa
DATA k<>+248(SB)/8, $0xc67178f2bef9a3f7
GLOBL k<>(SB), RODATA|NOPTR, $256
