/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Evidence in certificates: the DICE tagged evidence extension as CCC "Interoperable RA-TLS" profiles it. An array of
 * the evidence and of the claims that its report data is the hash of; the claims name the certificate's key. CBOR is
 * read item by item (RFC 8949), which allocates nothing, so that no length in it can make us. */
#include "certificate_evidence.h"

#include <cbor.h>
#include <openssl/x509.h>

#include <tspdm/secret.h>

#include "base/cursor.h"
#include "core/digest.h"

enum {
	TAG_QUOTE = 60000,      /* SGX or TDX quote, IANA "CBOR Tags" */
	TAG_SEV_SNP = 0x1a7504, /* private, as peers in the field use it */
	HEAD_MAX = 9,           /* of a CBOR item */
	HASH_MAX = 64,
};

static const char pubkey_hash[] = "pubkey-hash";

/* Hash algorithms of "pubkey-hash": IANA "Named Information Hash Algorithm Registry". */
static const struct named_hash {
	uint8_t id;
	uint32_t algorithm;
	size_t len;
} named_hashes[] = {
	{ 1, TSPDM_HASH_SHA256, 32 },
	{ 7, TSPDM_HASH_SHA384, 48 },
	{ 8, TSPDM_HASH_SHA512, 64 },
};

static const struct named_hash *find_hash(uint64_t id)
{
	for (size_t i = 0; i < sizeof named_hashes / sizeof named_hashes[0]; i++)
		if (named_hashes[i].id == id)
			return &named_hashes[i];
	return NULL;
}

/* ---- Writing ---- */

static void write_tag(struct tspdm_buffer *w, uint64_t tag)
{
	uint8_t head[HEAD_MAX];

	write_view(w, (struct tspdm_view){ head, cbor_encode_tag(tag, head, sizeof head) });
}

static void write_array(struct tspdm_buffer *w, size_t count)
{
	uint8_t head[HEAD_MAX];

	write_view(w, (struct tspdm_view){ head, cbor_encode_array_start(count, head, sizeof head) });
}

static void write_number(struct tspdm_buffer *w, uint64_t number)
{
	uint8_t head[HEAD_MAX];

	write_view(w, (struct tspdm_view){ head, cbor_encode_uint(number, head, sizeof head) });
}

/* The head of a byte string; its bytes come next. */
static void write_bytes(struct tspdm_buffer *w, size_t len)
{
	uint8_t head[HEAD_MAX];

	write_view(w, (struct tspdm_view){ head, cbor_encode_bytestring_start(len, head, sizeof head) });
}

static void write_claims_head(struct tspdm_buffer *w)
{
	uint8_t head[HEAD_MAX];

	write_view(w, (struct tspdm_view){ head, cbor_encode_map_start(1, head, sizeof head) });
	write_view(w, (struct tspdm_view){ head, cbor_encode_string_start(sizeof pubkey_hash - 1, head, sizeof head) });
	write_view(w, (struct tspdm_view){ (const uint8_t *)pubkey_hash, sizeof pubkey_hash - 1 });
}

enum tspdm_status tspdm_write_claims(struct tspdm_crypto *crypto, struct tspdm_view spki, struct tspdm_buffer *out)
{
	const struct named_hash *named = find_hash(7);
	uint8_t hash[HASH_MAX], room[HASH_MAX + 3 * HEAD_MAX];
	struct tspdm_buffer value = { .ptr = room, .cap = sizeof room };

	if (spki.len == 0)
		return TSPDM_ERR_ARGUMENT;
	TSPDM_TRY(tspdm_digest_once(crypto, named->algorithm, spki, hash));
	write_array(&value, 2);
	write_number(&value, named->id);
	write_bytes(&value, named->len);
	write_view(&value, (struct tspdm_view){ hash, named->len });
	TSPDM_TRY(write_end(&value));
	write_claims_head(out);
	write_bytes(out, value.len);
	write_view(out, tspdm_buffer_view(&value));
	return write_end(out);
}

enum tspdm_status tspdm_write_tagged_evidence(
	struct tspdm_buffer *out, const struct tspdm_evidence *evidence, struct tspdm_view claims)
{
	struct tspdm_buffer measure = { .len = 0 };
	enum tspdm_status status = tspdm_write_evidence(&measure, evidence);

	if (claims.len == 0)
		return TSPDM_ERR_ARGUMENT;
	if (status != TSPDM_ERR_BUFFER) /* evidence is not empty: there is no room for it in nothing */
		return status != TSPDM_OK ? status : TSPDM_ERR_EVIDENCE_FORM;
	write_tag(out, evidence->tee == TSPDM_TEE_SEV_SNP ? TAG_SEV_SNP : TAG_QUOTE);
	write_array(out, 2);
	write_bytes(out, measure.len);
	status = tspdm_write_evidence(out, evidence);
	if (status != TSPDM_OK && status != TSPDM_ERR_BUFFER)
		return status;
	write_bytes(out, claims.len);
	write_view(out, claims);
	return write_end(out);
}

/* ---- Reading CBOR, one item's head (and a string's bytes) at a time ---- */

enum item_kind {
	ITEM_OTHER, /* one without content: a negative or floating point number, a simple value */
	ITEM_NUMBER,
	ITEM_BYTES,
	ITEM_TEXT,
	ITEM_ARRAY,
	ITEM_MAP,
	ITEM_TAG,
	ITEM_INDEFINITE, /* the beginning or the end of something whose length is not told: the profile has none */
};

struct item {
	enum item_kind kind;
	uint64_t number; /* value, count, tag */
	struct tspdm_view bytes;
};

static void on_uint8(void *context, uint8_t value)
{
	*(struct item *)context = (struct item){ .kind = ITEM_NUMBER, .number = value };
}

static void on_uint16(void *context, uint16_t value)
{
	*(struct item *)context = (struct item){ .kind = ITEM_NUMBER, .number = value };
}

static void on_uint32(void *context, uint32_t value)
{
	*(struct item *)context = (struct item){ .kind = ITEM_NUMBER, .number = value };
}

static void on_uint64(void *context, uint64_t value)
{
	*(struct item *)context = (struct item){ .kind = ITEM_NUMBER, .number = value };
}

static void on_bytes(void *context, cbor_data bytes, size_t len)
{
	*(struct item *)context = (struct item){ .kind = ITEM_BYTES, .bytes = { bytes, len } };
}

static void on_text(void *context, cbor_data bytes, size_t len)
{
	*(struct item *)context = (struct item){ .kind = ITEM_TEXT, .bytes = { bytes, len } };
}

static void on_array(void *context, size_t count)
{
	*(struct item *)context = (struct item){ .kind = ITEM_ARRAY, .number = count };
}

static void on_map(void *context, size_t count)
{
	*(struct item *)context = (struct item){ .kind = ITEM_MAP, .number = count };
}

static void on_tag(void *context, uint64_t tag)
{
	*(struct item *)context = (struct item){ .kind = ITEM_TAG, .number = tag };
}

static void on_indefinite(void *context)
{
	*(struct item *)context = (struct item){ .kind = ITEM_INDEFINITE };
}

static struct cbor_callbacks callbacks(void)
{
	struct cbor_callbacks all = cbor_empty_callbacks;

	all.uint8 = on_uint8;
	all.uint16 = on_uint16;
	all.uint32 = on_uint32;
	all.uint64 = on_uint64;
	all.byte_string = on_bytes;
	all.string = on_text;
	all.array_start = on_array;
	all.map_start = on_map;
	all.tag = on_tag;
	all.byte_string_start = on_indefinite;
	all.string_start = on_indefinite;
	all.indef_array_start = on_indefinite;
	all.indef_map_start = on_indefinite;
	all.indef_break = on_indefinite;
	return all;
}

/* Takes the next item off `in`. A count is refused that the bytes left cannot hold, at one byte an item. */
static bool next_item(struct tspdm_view *in, struct item *out)
{
	struct cbor_callbacks all = callbacks();
	struct cbor_decoder_result result;

	*out = (struct item){ .kind = ITEM_OTHER };
	if (in->len == 0)
		return false;
	result = cbor_stream_decode(in->ptr, in->len, &all, out);
	if (result.status != CBOR_DECODER_FINISHED || result.read == 0 || result.read > in->len)
		return false;
	in->ptr += result.read;
	in->len -= result.read;
	if (out->kind == ITEM_ARRAY || out->kind == ITEM_MAP)
		return out->number <= in->len;
	return out->kind != ITEM_INDEFINITE;
}

static bool next_is(struct tspdm_view *in, enum item_kind kind, struct item *out)
{
	return next_item(in, out) && out->kind == kind;
}

/* Passes over an item with all that is in it. Each turn takes a byte at least; nesting needs no stack, since all that
 * is of interest is how many items are still to come. */
static bool skip_item(struct tspdm_view *in)
{
	struct item item;

	for (uint64_t pending = 1; pending > 0; pending--) {
		if (pending > in->len || !next_item(in, &item))
			return false;
		if (item.kind == ITEM_ARRAY)
			pending += item.number;
		else if (item.kind == ITEM_MAP)
			pending += 2 * item.number;
		else if (item.kind == ITEM_TAG)
			pending++;
	}
	return true;
}

/* ---- Reading what a certificate says ---- */

/* [ hash-alg-id, hash-value ], in a byte string of its own. */
static bool read_key_hash(struct tspdm_view in, struct tspdm_tagged_evidence *out)
{
	const struct named_hash *named;
	struct item array, id, hash;

	if (!next_is(&in, ITEM_ARRAY, &array) || array.number != 2 || !next_is(&in, ITEM_NUMBER, &id) ||
		!next_is(&in, ITEM_BYTES, &hash) || in.len != 0)
		return false;
	named = find_hash(id.number);
	if (named == NULL || hash.bytes.len != named->len)
		return false;
	out->hash_id = named->id;
	out->key_hash = hash.bytes;
	return true;
}

/* One claim. Those that are not known are passed over: the report data covers them all the same. */
static bool read_claim(struct tspdm_view *in, struct tspdm_tagged_evidence *out)
{
	struct tspdm_view after = *in;
	struct item key, value;

	if (!next_is(&after, ITEM_TEXT, &key) || key.bytes.len != sizeof pubkey_hash - 1 ||
		memcmp(key.bytes.ptr, pubkey_hash, key.bytes.len) != 0)
		return skip_item(in) && skip_item(in);
	*in = after;
	if (out->hash_id != 0) /* twice */
		return false;
	return next_is(in, ITEM_BYTES, &value) && read_key_hash(value.bytes, out);
}

static bool read_claims(struct tspdm_view in, struct tspdm_tagged_evidence *out)
{
	struct item map;

	if (!next_is(&in, ITEM_MAP, &map))
		return false;
	for (uint64_t i = 0; i < map.number; i++)
		if (!read_claim(&in, out))
			return false;
	return in.len == 0;
}

/* The tag promises a kind of evidence. Behind an SEV-SNP report peers put other things than a certificate table. */
static bool read_raw(uint64_t tag, struct tspdm_view raw, struct tspdm_evidence *out)
{
	struct tspdm_snp_certificates certificates;

	if (tspdm_read_evidence(raw, out) != TSPDM_OK)
		return false;
	if (tag == TAG_QUOTE)
		return out->tee == TSPDM_TEE_TDX || out->tee == TSPDM_TEE_SGX;
	if (tag != TAG_SEV_SNP || out->tee != TSPDM_TEE_SEV_SNP)
		return false;
	if (tspdm_snp_read_table(out->certificates, &certificates) != TSPDM_OK)
		out->certificates = (struct tspdm_view){ NULL, 0 };
	return true;
}

enum tspdm_status tspdm_read_tagged_evidence(struct tspdm_view content, struct tspdm_tagged_evidence *out)
{
	struct item tag, array, evidence, claims;
	bool ok;

	*out = (struct tspdm_tagged_evidence){ .hash_id = 0 };
	ok = next_is(&content, ITEM_TAG, &tag) && next_is(&content, ITEM_ARRAY, &array) && array.number == 2 &&
	     next_is(&content, ITEM_BYTES, &evidence) && next_is(&content, ITEM_BYTES, &claims) && content.len == 0 &&
	     read_raw(tag.number, evidence.bytes, &out->evidence) && read_claims(claims.bytes, out);
	if (!ok) {
		*out = (struct tspdm_tagged_evidence){ .hash_id = 0 };
		return TSPDM_ERR_EVIDENCE_FORM;
	}
	out->claims = claims.bytes;
	return TSPDM_OK;
}

/* ---- The extension ---- */

/* Some put a DER OCTET STRING around the CBOR. Its first byte, 4, is no tag in CBOR, so there is no doubt. */
static enum tspdm_status unwrap(struct tspdm_view *value)
{
	const unsigned char *p = value->ptr;
	long len = 0;
	int tag = 0, class = 0, form;

	if (value->len == 0 || value->ptr[0] != V_ASN1_OCTET_STRING)
		return TSPDM_OK;
	form = ASN1_get_object(&p, &len, &tag, &class, (long)value->len);
	if (form != 0 || tag != V_ASN1_OCTET_STRING || len < 0 || (size_t)len != value->len - (size_t)(p - value->ptr))
		return TSPDM_ERR_EVIDENCE_FORM;
	*value = (struct tspdm_view){ p, (size_t)len };
	return TSPDM_OK;
}

static enum tspdm_status find_extension(const X509 *certificate, struct tspdm_view *out)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(TSPDM_OID_TAGGED_EVIDENCE, 1);
	int at = X509_get_ext_by_OBJ(certificate, oid, -1);
	int again = at >= 0 ? X509_get_ext_by_OBJ(certificate, oid, at) : -1;
	const ASN1_OCTET_STRING *value;

	ASN1_OBJECT_free(oid);
	if (oid == NULL)
		return TSPDM_ERR_MEMORY;
	if (at < 0)
		return TSPDM_ERR_EVIDENCE_MISSING;
	if (again >= 0) /* RFC 5280 "Standard Extensions": not more than one instance */
		return TSPDM_ERR_EVIDENCE_FORM;
	value = X509_EXTENSION_get_data(X509_get_ext(certificate, at));
	*out = (struct tspdm_view){ ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value) };
	return unwrap(out);
}

static enum tspdm_status read_extension(
	const X509 *certificate, struct tspdm_buffer *room, struct tspdm_tagged_evidence *out)
{
	struct tspdm_view value = { NULL, 0 };
	size_t at = room->len;

	TSPDM_TRY(find_extension(certificate, &value));
	write_view(room, value);
	TSPDM_TRY(write_end(room));
	return tspdm_read_tagged_evidence((struct tspdm_view){ room->ptr + at, value.len }, out);
}

enum tspdm_status tspdm_read_certificate_evidence(
	struct tspdm_view certificate, struct tspdm_buffer *room, struct tspdm_tagged_evidence *out)
{
	const unsigned char *p = certificate.ptr;
	X509 *parsed = NULL;
	enum tspdm_status status = TSPDM_ERR_EVIDENCE_FORM;

	*out = (struct tspdm_tagged_evidence){ .hash_id = 0 };
	if (certificate.len != 0 && certificate.len <= INT32_MAX)
		parsed = d2i_X509(NULL, &p, (long)certificate.len);
	if (parsed != NULL && p == certificate.ptr + certificate.len)
		status = read_extension(parsed, room, out);
	X509_free(parsed);
	return status;
}

/* ---- The binding ---- */

enum tspdm_status tspdm_check_certificate_binding(struct tspdm_crypto *crypto,
	const struct tspdm_tagged_evidence *tagged, struct tspdm_view spki, const uint8_t *report_data)
{
	const struct named_hash *named = find_hash(tagged->hash_id);
	uint8_t key_hash[HASH_MAX], expected[TSPDM_REPORT_DATA_LEN];

	if (spki.len == 0 || report_data == NULL)
		return TSPDM_ERR_ARGUMENT;
	if (named == NULL || tagged->key_hash.len != named->len || tagged->claims.len == 0)
		return TSPDM_ERR_EVIDENCE_KEY;
	TSPDM_TRY(tspdm_digest_once(crypto, named->algorithm, spki, key_hash));
	if (!tspdm_equal_secret(key_hash, tagged->key_hash.ptr, named->len))
		return TSPDM_ERR_EVIDENCE_KEY;
	TSPDM_TRY(tspdm_bind_certificate_evidence(crypto, tagged->claims, expected));
	return tspdm_equal_secret(expected, report_data, sizeof expected) ? TSPDM_OK : TSPDM_ERR_EVIDENCE_KEY;
}
