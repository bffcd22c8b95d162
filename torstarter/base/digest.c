#include "base/digest.h"

#include <stdint.h>
#include <string.h>

enum { BLOCK_SMALL_BYTES = 64, BLOCK_LARGE_BYTES = 128 };

const char *digest_name(enum digest_kind kind)
{
    static const char *const names[DIGEST_COUNT] = {"md5", "sha1", "sha256", "sha512"};
    return names[kind];
}

/* clang-format off */
static const uint32_t md5_sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

/* SHA-256 uses the upper halves of the first 64. */
static const uint64_t sha_roots[80] = {
    0x428a2f98d728ae22u, 0x7137449123ef65cdu, 0xb5c0fbcfec4d3b2fu, 0xe9b5dba58189dbbcu,
    0x3956c25bf348b538u, 0x59f111f1b605d019u, 0x923f82a4af194f9bu, 0xab1c5ed5da6d8118u,
    0xd807aa98a3030242u, 0x12835b0145706fbeu, 0x243185be4ee4b28cu, 0x550c7dc3d5ffb4e2u,
    0x72be5d74f27b896fu, 0x80deb1fe3b1696b1u, 0x9bdc06a725c71235u, 0xc19bf174cf692694u,
    0xe49b69c19ef14ad2u, 0xefbe4786384f25e3u, 0x0fc19dc68b8cd5b5u, 0x240ca1cc77ac9c65u,
    0x2de92c6f592b0275u, 0x4a7484aa6ea6e483u, 0x5cb0a9dcbd41fbd4u, 0x76f988da831153b5u,
    0x983e5152ee66dfabu, 0xa831c66d2db43210u, 0xb00327c898fb213fu, 0xbf597fc7beef0ee4u,
    0xc6e00bf33da88fc2u, 0xd5a79147930aa725u, 0x06ca6351e003826fu, 0x142929670a0e6e70u,
    0x27b70a8546d22ffcu, 0x2e1b21385c26c926u, 0x4d2c6dfc5ac42aedu, 0x53380d139d95b3dfu,
    0x650a73548baf63deu, 0x766a0abb3c77b2a8u, 0x81c2c92e47edaee6u, 0x92722c851482353bu,
    0xa2bfe8a14cf10364u, 0xa81a664bbc423001u, 0xc24b8b70d0f89791u, 0xc76c51a30654be30u,
    0xd192e819d6ef5218u, 0xd69906245565a910u, 0xf40e35855771202au, 0x106aa07032bbd1b8u,
    0x19a4c116b8d2d0c8u, 0x1e376c085141ab53u, 0x2748774cdf8eeb99u, 0x34b0bcb5e19b48a8u,
    0x391c0cb3c5c95a63u, 0x4ed8aa4ae3418acbu, 0x5b9cca4f7763e373u, 0x682e6ff3d6b2b8a3u,
    0x748f82ee5defb2fcu, 0x78a5636f43172f60u, 0x84c87814a1f0ab72u, 0x8cc702081a6439ecu,
    0x90befffa23631e28u, 0xa4506cebde82bde9u, 0xbef9a3f7b2c67915u, 0xc67178f2e372532bu,
    0xca273eceea26619cu, 0xd186b8c721c0c207u, 0xeada7dd6cde0eb1eu, 0xf57d4f7fee6ed178u,
    0x06f067aa72176fbau, 0x0a637dc5a2c898a6u, 0x113f9804bef90daeu, 0x1b710b35131c471bu,
    0x28db77f523047d84u, 0x32caab7b40c72493u, 0x3c9ebe0a15c9bebcu, 0x431d67c49c100d4cu,
    0x4cc5d4becb3e42b6u, 0x597f299cfc657e2au, 0x5fcb6fab3ad6faecu, 0x6c44198c4a475817u,
};
/* clang-format on */

static uint32_t left32(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static uint32_t right32(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static uint64_t right64(uint64_t x, unsigned n)
{
    return x >> n | x << (64 - n);
}

static uint64_t big(const unsigned char *p, unsigned bytes)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < bytes; i++)
        v = v << 8 | p[i];
    return v;
}

static uint32_t little(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t md5_mix(unsigned i, const uint32_t v[4], unsigned *word)
{
    uint32_t b = v[1], c = v[2], d = v[3];
    *word = i < 16 ? i : i < 32 ? (5 * i + 1) % 16 : i < 48 ? (3 * i + 5) % 16 : 7 * i % 16;
    return i < 16 ? (b & c) | (~b & d) : i < 32 ? (d & b) | (~d & c) : i < 48 ? b ^ c ^ d : c ^ (b | ~d);
}

static void md5_block(uint64_t h[8], const unsigned char *p)
{
    static const unsigned char turns[4][4] = {
        {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t v[4] = {(uint32_t)h[0], (uint32_t)h[1], (uint32_t)h[2], (uint32_t)h[3]};
    for (unsigned i = 0; i < 64; i++) {
        unsigned word;
        uint32_t f = md5_mix(i, v, &word) + v[0] + md5_sines[i] + little(p + 4 * word);
        v[0] = v[3];
        v[3] = v[2];
        v[2] = v[1];
        v[1] += left32(f, turns[i / 16][i % 4]);
    }
    for (unsigned i = 0; i < 4; i++)
        h[i] = (uint32_t)h[i] + v[i];
}

static void sha1_block(uint64_t h[8], const unsigned char *p)
{
    static const uint32_t roots[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    uint32_t w[80], v[5];
    for (unsigned i = 0; i < 80; i++)
        w[i] = i < 16 ? (uint32_t)big(p + 4 * i, 4) : left32(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (unsigned i = 0; i < 5; i++)
        v[i] = (uint32_t)h[i];
    for (unsigned i = 0; i < 80; i++) {
        uint32_t b = v[1], c = v[2], d = v[3];
        uint32_t f = i < 20              ? (b & c) | (~b & d)
                     : i < 40 || i >= 60 ? b ^ c ^ d
                                         : (b & c) | (b & d) | (c & d);
        uint32_t next = left32(v[0], 5) + f + v[4] + roots[i / 20] + w[i];
        v[4] = d;
        v[3] = c;
        v[2] = left32(b, 30);
        v[1] = v[0];
        v[0] = next;
    }
    for (unsigned i = 0; i < 5; i++)
        h[i] = (uint32_t)h[i] + v[i];
}

static void sha256_block(uint64_t h[8], const unsigned char *p)
{
    uint32_t w[64], v[8];
    for (unsigned i = 0; i < 64; i++) {
        uint32_t a = i < 16 ? 0 : w[i - 15], b = i < 16 ? 0 : w[i - 2];
        w[i] = i < 16 ? (uint32_t)big(p + 4 * i, 4)
                      : w[i - 16] + (right32(a, 7) ^ right32(a, 18) ^ a >> 3) + w[i - 7] +
                            (right32(b, 17) ^ right32(b, 19) ^ b >> 10);
    }
    for (unsigned i = 0; i < 8; i++)
        v[i] = (uint32_t)h[i];
    for (unsigned i = 0; i < 64; i++) {
        uint32_t a = v[0], e = v[4];
        uint32_t t1 = v[7] + (right32(e, 6) ^ right32(e, 11) ^ right32(e, 25)) + ((e & v[5]) ^ (~e & v[6])) +
                      (uint32_t)(sha_roots[i] >> 32) + w[i];
        uint32_t t2 =
            (right32(a, 2) ^ right32(a, 13) ^ right32(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (unsigned i = 0; i < 8; i++)
        h[i] = (uint32_t)h[i] + v[i];
}

static void sha512_block(uint64_t h[8], const unsigned char *p)
{
    uint64_t w[80], v[8];
    for (unsigned i = 0; i < 80; i++) {
        uint64_t a = i < 16 ? 0 : w[i - 15], b = i < 16 ? 0 : w[i - 2];
        w[i] = i < 16 ? big(p + 8 * i, 8)
                      : w[i - 16] + (right64(a, 1) ^ right64(a, 8) ^ a >> 7) + w[i - 7] +
                            (right64(b, 19) ^ right64(b, 61) ^ b >> 6);
    }
    memcpy(v, h, sizeof v);
    for (unsigned i = 0; i < 80; i++) {
        uint64_t a = v[0], e = v[4];
        uint64_t t1 = v[7] + (right64(e, 14) ^ right64(e, 18) ^ right64(e, 41)) + ((e & v[5]) ^ (~e & v[6])) +
                      sha_roots[i] + w[i];
        uint64_t t2 =
            (right64(a, 28) ^ right64(a, 34) ^ right64(a, 39)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (unsigned i = 0; i < 8; i++)
        h[i] += v[i];
}

struct form { /* of one kind: how it begins, mixes and ends */
    void (*block)(uint64_t h[8], const unsigned char *p);
    unsigned block_bytes, word_bytes, words;
    bool little;
    uint64_t start[8];
};

static const struct form forms[DIGEST_COUNT] = {
    {md5_block, BLOCK_SMALL_BYTES, 4, 4, true, {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}},
    {sha1_block,
     BLOCK_SMALL_BYTES,
     4,
     5,
     false,
     {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}},
    {sha256_block,
     BLOCK_SMALL_BYTES,
     4,
     8,
     false,
     {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}},
    {sha512_block,
     BLOCK_LARGE_BYTES,
     8,
     8,
     false,
     {0x6a09e667f3bcc908u, 0xbb67ae8584caa73bu, 0x3c6ef372fe94f82bu, 0xa54ff53a5f1d36f1u, 0x510e527fade682d1u,
      0x9b05688c2b3e6c1fu, 0x1f83d9abfb41bd6bu, 0x5be0cd19137e2179u}},
};

/* The last block or two: what is left, a one bit, zeros, and the length in bits. */
static void finish(struct digest *d)
{
    const struct form *f = &forms[d->kind];
    unsigned char last[2 * BLOCK_LARGE_BYTES] = {0};
    size_t left = d->bytes % f->block_bytes, length_at = f->block_bytes - 8;
    size_t blocks = left + 1 + 2 * f->word_bytes > f->block_bytes ? 2 : 1;
    uint64_t bits = d->bytes * 8;
    memcpy(last, d->rest, left);
    last[left] = 0x80;
    length_at += (blocks - 1) * f->block_bytes;
    for (unsigned i = 0; i < 8; i++)
        last[length_at + i] = (unsigned char)(bits >> (f->little ? 8 * i : 56 - 8 * i));
    for (size_t i = 0; i < blocks; i++)
        f->block(d->state, last + i * f->block_bytes);
}

void digest_init(struct digest *d, enum digest_kind kind)
{
    *d = (struct digest){.kind = kind};
    memcpy(d->state, forms[kind].start, sizeof d->state);
}

void digest_add(struct digest *d, const void *bytes, size_t len)
{
    const struct form *f = &forms[d->kind];
    const unsigned char *p = bytes;
    size_t have = d->bytes % f->block_bytes;
    d->bytes += len;
    if (have > 0 && have + len >= f->block_bytes) {
        size_t fill = f->block_bytes - have;
        memcpy(d->rest + have, p, fill);
        f->block(d->state, d->rest);
        p += fill;
        len -= fill;
        have = 0;
    }
    for (; have == 0 && len >= f->block_bytes; p += f->block_bytes, len -= f->block_bytes)
        f->block(d->state, p);
    if (len > 0)
        memcpy(d->rest + have, p, len);
}

void digest_end_hex(struct digest *d, struct str *out)
{
    const struct form *f = &forms[d->kind];
    finish(d);
    for (unsigned i = 0; i < f->words; i++)
        for (unsigned k = 0; k < f->word_bytes; k++)
            str_printf(out, "%02x",
                       (unsigned)(d->state[i] >> (f->little ? 8 * k : 8 * (f->word_bytes - 1 - k))) & 0xff);
}

void digest_add_hex(enum digest_kind kind, const void *bytes, size_t len, struct str *out)
{
    struct digest d;
    digest_init(&d, kind);
    digest_add(&d, bytes, len);
    digest_end_hex(&d, out);
}
