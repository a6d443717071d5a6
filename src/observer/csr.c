/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The observer on certificate requests: RFC 2986, as far as their signature by the key in them needs it. */
#include <string.h>

#include "base/cursor.h"
#include "observer/observer.h"

enum { DER_INTEGER = 0x02, DER_BIT_STRING = 0x03, DER_OID = 0x06, DER_SEQUENCE = 0x30, INTEGER_MAX = 66 };

struct element {
	uint8_t tag;
	struct tspdm_view content;
	struct tspdm_view whole;
};

/* One DER element with a length of at most three bytes. */
static struct element next(struct reader *r)
{
	struct element e = { 0 };
	const uint8_t *start = r->next;
	size_t before = r->left;
	uint8_t first;
	size_t len;

	e.tag = read_u8(r);
	first = read_u8(r);
	len = first < 0x80 ? first : 0;
	if (first > 0x83 || first == 0x80)
		read_bytes(r, SIZE_MAX);
	for (unsigned i = 0x80; i < first && !r->failed; i++)
		len = len << 8 | read_u8(r);
	e.content = read_view(r, len);
	if (!r->failed)
		e.whole = (struct tspdm_view){ start, before - r->left };
	return e;
}

/* What a signature algorithm's identifier means. RSASSA-PSS is not here: its hash stands in parameters; and not SM2: a request
 * has another signer's identity than the messages that the vtable verifies. */
static const struct {
	uint8_t oid_len;
	uint8_t oid[9];
	uint32_t asyms;
	uint32_t hash;
} algorithms[] = {
#define ECDSA (TSPDM_ASYM_ECDSA_P256 | TSPDM_ASYM_ECDSA_P384 | TSPDM_ASYM_ECDSA_P521)
#define RSASSA (TSPDM_ASYM_RSASSA_2048 | TSPDM_ASYM_RSASSA_3072 | TSPDM_ASYM_RSASSA_4096)
	{ 8, { 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2 }, ECDSA, TSPDM_HASH_SHA256 },
	{ 8, { 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 3 }, ECDSA, TSPDM_HASH_SHA384 },
	{ 8, { 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 4 }, ECDSA, TSPDM_HASH_SHA512 },
	{ 9, { 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 10 }, ECDSA, TSPDM_HASH_SHA3_256 },
	{ 9, { 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 11 }, ECDSA, TSPDM_HASH_SHA3_384 },
	{ 9, { 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 12 }, ECDSA, TSPDM_HASH_SHA3_512 },
	{ 9, { 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11 }, RSASSA, TSPDM_HASH_SHA256 },
	{ 9, { 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 12 }, RSASSA, TSPDM_HASH_SHA384 },
	{ 9, { 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 13 }, RSASSA, TSPDM_HASH_SHA512 },
	{ 9, { 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 14 }, RSASSA, TSPDM_HASH_SHA3_256 },
	{ 9, { 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 15 }, RSASSA, TSPDM_HASH_SHA3_384 },
	{ 9, { 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 16 }, RSASSA, TSPDM_HASH_SHA3_512 },
	{ 3, { 0x2B, 0x65, 0x70 }, TSPDM_ASYM_ED25519, TSPDM_HASH_SHA512 },
	{ 3, { 0x2B, 0x65, 0x71 }, TSPDM_ASYM_ED448, TSPDM_HASH_SHA512 },
};

/* An INTEGER without its sign byte, right-aligned in `len` bytes. */
static bool put_integer(struct reader *r, uint8_t *out, size_t len)
{
	struct element e = next(r);

	while (e.content.len > 1 && e.content.ptr[0] == 0) {
		e.content.ptr++;
		e.content.len--;
	}
	if (r->failed || e.tag != DER_INTEGER || e.content.len > len)
		return false;
	memset(out, 0, len);
	if (e.content.len != 0)
		memcpy(out + len - e.content.len, e.content.ptr, e.content.len);
	return true;
}

/* r and s from DER to the form that DSP0274 has. */
static bool flatten(struct tspdm_view der, size_t part, uint8_t *out)
{
	struct reader outer = reader_of(der);
	struct element sequence = next(&outer);
	struct reader inner = reader_of(sequence.content);

	return !outer.failed && sequence.tag == DER_SEQUENCE && put_integer(&inner, out, part) &&
	       put_integer(&inner, out + part, part);
}

/* Tries the one algorithm of a family that the key is of. */
static uint8_t verify(struct tspdm_observer *o, uint32_t asym, struct tspdm_view spki, struct tspdm_to_be_signed *tbs,
	struct tspdm_view signature)
{
	struct tspdm_public_key *key = NULL;
	uint8_t flat[2 * INTEGER_MAX];
	size_t len = tspdm_algorithm_size(TSPDM_KIND_ASYM, asym);
	enum tspdm_status status = o->crypto->ops->public_key_new(o->crypto, asym, spki, &key);

	if (status != TSPDM_OK)
		return TSPDM_SEEN_NO_MATERIAL;
	tbs->asym = asym;
	if ((asym & ECDSA) != 0) {
		status = flatten(signature, len / 2, flat) ? TSPDM_OK : TSPDM_ERR_SIGNATURE;
		signature = (struct tspdm_view){ flat, len };
	}
	if (status == TSPDM_OK)
		status = o->crypto->ops->verify(o->crypto, key, tbs, signature);
	o->crypto->ops->public_key_free(o->crypto, key);
	if (status == TSPDM_ERR_SIGNATURE)
		return TSPDM_SEEN_BAD;
	return status == TSPDM_OK ? TSPDM_SEEN_OK : TSPDM_SEEN_NO_MATERIAL;
}

static uint8_t verify_any(struct tspdm_observer *o, uint32_t asyms, struct tspdm_view spki,
	struct tspdm_to_be_signed *tbs, struct tspdm_view signature)
{
	for (uint32_t asym = 1; asym != 0 && asym <= asyms; asym <<= 1) {
		uint8_t result = TSPDM_SEEN_NO_MATERIAL;

		if ((asym & asyms & o->support.asym) != 0)
			result = verify(o, asym, spki, tbs, signature);
		if (result != TSPDM_SEEN_NO_MATERIAL)
			return result;
	}
	return TSPDM_SEEN_NO_MATERIAL;
}

static uint8_t check(struct tspdm_observer *o, struct tspdm_view oid, struct tspdm_view signed_part,
	struct tspdm_view spki, struct tspdm_view signature)
{
	for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
		struct tspdm_to_be_signed tbs = { .hash = algorithms[i].hash, .data = signed_part };

		if (oid.len == algorithms[i].oid_len && memcmp(oid.ptr, algorithms[i].oid, oid.len) == 0)
			return verify_any(o, algorithms[i].asyms, spki, &tbs, signature);
	}
	return TSPDM_SEEN_NO_MATERIAL;
}

uint8_t tspdm_look_csr(struct look *l, struct tspdm_view csr)
{
	struct reader outer = reader_of(csr);
	struct element request = next(&outer);
	struct reader parts = reader_of(request.content);
	struct element info = next(&parts);
	struct element algorithm = next(&parts);
	struct element signature = next(&parts);
	struct reader inside = reader_of(info.content);
	struct reader identifier = reader_of(algorithm.content);
	struct element spki, oid;

	next(&inside); /* version */
	next(&inside); /* subject */
	spki = next(&inside);
	oid = next(&identifier);
	if (outer.failed || parts.failed || inside.failed || identifier.failed || signature.tag != DER_BIT_STRING ||
		oid.tag != DER_OID || signature.content.len < 2)
		return TSPDM_SEEN_BAD;
	signature.content.ptr++; /* unused bits */
	signature.content.len--;
	return check(l->o, oid.content, info.whole, spki.whole, signature.content);
}
