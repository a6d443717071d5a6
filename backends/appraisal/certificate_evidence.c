/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Evidence in certificates: the DICE tagged evidence extension as CCC "Interoperable RA-TLS" profiles it. An array of
 * the evidence and of the claims that its report data is the hash of; the claims name the certificate's key. CBOR is
 * read item by item, which allocates nothing. */
#include "certificate_evidence.h"

#include <openssl/x509.h>

#include <tspdm/secret.h>

#include "../cbor/items.h"
#include "base/cursor.h"
#include "core/digest.h"

enum {
	TAG_QUOTE = 60000,      /* SGX or TDX quote, IANA "CBOR Tags" */
	TAG_SEV_SNP = 0x1a7504, /* private, as peers in the field use it */
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

static void write_claims_head(struct tspdm_buffer *w)
{
	tspdm_cbor_write(w, ITEM_MAP, 1);
	tspdm_cbor_write_string(
		w, ITEM_TEXT, (struct tspdm_view){ (const uint8_t *)pubkey_hash, sizeof pubkey_hash - 1 });
}

enum tspdm_status tspdm_write_claims(struct tspdm_crypto *crypto, struct tspdm_view spki, struct tspdm_buffer *out)
{
	const struct named_hash *named = find_hash(7);
	uint8_t hash[HASH_MAX], room[HASH_MAX + 3 * CBOR_HEAD_MAX];
	struct tspdm_buffer value = { .ptr = room, .cap = sizeof room };

	if (spki.len == 0)
		return TSPDM_ERR_ARGUMENT;
	TSPDM_TRY(tspdm_digest_once(crypto, named->algorithm, spki, hash));
	tspdm_cbor_write(&value, ITEM_ARRAY, 2);
	tspdm_cbor_write(&value, ITEM_NUMBER, named->id);
	tspdm_cbor_write_string(&value, ITEM_BYTES, (struct tspdm_view){ hash, named->len });
	TSPDM_TRY(write_end(&value));
	write_claims_head(out);
	tspdm_cbor_write_string(out, ITEM_BYTES, tspdm_buffer_view(&value));
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
	tspdm_cbor_write(out, ITEM_TAG, evidence->tee == TSPDM_TEE_SEV_SNP ? TAG_SEV_SNP : TAG_QUOTE);
	tspdm_cbor_write(out, ITEM_ARRAY, 2);
	tspdm_cbor_write(out, ITEM_BYTES, measure.len);
	status = tspdm_write_evidence(out, evidence);
	if (status != TSPDM_OK && status != TSPDM_ERR_BUFFER)
		return status;
	tspdm_cbor_write_string(out, ITEM_BYTES, claims);
	return write_end(out);
}

/* ---- Reading what a certificate says ---- */

/* [ hash-alg-id, hash-value ], in a byte string of its own. */
static bool read_key_hash(struct tspdm_view in, struct tspdm_tagged_evidence *out)
{
	const struct named_hash *named;
	struct cbor_item array, id, hash;

	if (!tspdm_cbor_next_is(&in, ITEM_ARRAY, &array) || array.number != 2 ||
		!tspdm_cbor_next_is(&in, ITEM_NUMBER, &id) || !tspdm_cbor_next_is(&in, ITEM_BYTES, &hash) ||
		in.len != 0)
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
	struct cbor_item key, value;

	if (!tspdm_cbor_next_is(&after, ITEM_TEXT, &key) || key.bytes.len != sizeof pubkey_hash - 1 ||
		memcmp(key.bytes.ptr, pubkey_hash, key.bytes.len) != 0)
		return tspdm_cbor_skip(in) && tspdm_cbor_skip(in);
	*in = after;
	if (out->hash_id != 0) /* twice */
		return false;
	return tspdm_cbor_next_is(in, ITEM_BYTES, &value) && read_key_hash(value.bytes, out);
}

static bool read_claims(struct tspdm_view in, struct tspdm_tagged_evidence *out)
{
	struct cbor_item map;

	if (!tspdm_cbor_next_is(&in, ITEM_MAP, &map))
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
	struct cbor_item tag, array, evidence, claims;
	bool ok;

	*out = (struct tspdm_tagged_evidence){ .hash_id = 0 };
	ok = tspdm_cbor_next_is(&content, ITEM_TAG, &tag) && tspdm_cbor_next_is(&content, ITEM_ARRAY, &array) &&
	     array.number == 2 && tspdm_cbor_next_is(&content, ITEM_BYTES, &evidence) &&
	     tspdm_cbor_next_is(&content, ITEM_BYTES, &claims) && content.len == 0 &&
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
