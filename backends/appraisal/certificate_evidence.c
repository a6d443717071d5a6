/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Evidence in certificates: the DICE tagged evidence extension as CCC "Interoperable RA-TLS" profiles it. An array of
 * the evidence and of the claims that its report data is the hash of; the claims name the certificate's key. CBOR is
 * read item by item, which allocates nothing. What others write is read as well: the same in a conceptual message wrapper
 * (RFC 9999), in DICE's extension or PKIX's, and the bare quote of RA-TLS before it was agreed upon. */
#include "certificate_evidence.h"

#include <string.h>

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

static enum tspdm_status read_tagged(struct tspdm_view content, struct tspdm_tagged_evidence *out)
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

/* ---- Conceptual message wrappers ---- */

enum { INDICATES_EVIDENCE = 1 << 2 };

/* [ type, value, ? indicator ]: the type is a media type or a content format, of which none is registered for this; the value
 * says by itself what it is. */
static bool unwrap_record(struct tspdm_view *in, struct tspdm_view *value)
{
	struct cbor_item array, type, bytes, indicator;

	if (!tspdm_cbor_next_is(in, ITEM_ARRAY, &array) || array.number < 2 || array.number > 3 ||
		!tspdm_cbor_next(in, &type) || (type.kind != ITEM_TEXT && type.kind != ITEM_NUMBER) ||
		!tspdm_cbor_next_is(in, ITEM_BYTES, &bytes))
		return false;
	if (array.number == 3 &&
		(!tspdm_cbor_next_is(in, ITEM_NUMBER, &indicator) || (indicator.number & INDICATES_EVIDENCE) == 0))
		return false;
	*value = bytes.bytes;
	return true;
}

static bool is_label(const struct cbor_item *key, const char *label)
{
	return key->kind == ITEM_TEXT && key->bytes.len == strlen(label) &&
	       memcmp(key->bytes.ptr, label, key->bytes.len) == 0;
}

/* A map of labels to wrappers: that of the evidence is read, once, and what else there is passed over. */
static bool unwrap_collection(struct tspdm_view *in, struct tspdm_view *value)
{
	struct cbor_item map, key;
	bool is_found = false;

	if (!tspdm_cbor_next_is(in, ITEM_MAP, &map))
		return false;
	for (uint64_t i = 0; i < map.number; i++) {
		if (!tspdm_cbor_next(in, &key) || (key.kind != ITEM_TEXT && key.kind != ITEM_NUMBER))
			return false;
		if (!is_label(&key, "evidence")) {
			if (!tspdm_cbor_skip(in))
				return false;
		} else if (is_found || !unwrap_record(in, value)) {
			return false;
		} else {
			is_found = true;
		}
	}
	return is_found;
}

enum tspdm_status tspdm_read_tagged_evidence(struct tspdm_view content, struct tspdm_tagged_evidence *out)
{
	struct tspdm_view value = content, left = content;
	struct cbor_item first;
	bool is_good = true;

	*out = (struct tspdm_tagged_evidence){ .hash_id = 0 };
	if (!tspdm_cbor_next(&left, &first))
		return TSPDM_ERR_EVIDENCE_FORM;
	left = content;
	if (first.kind == ITEM_ARRAY)
		is_good = unwrap_record(&left, &value) && left.len == 0;
	else if (first.kind == ITEM_MAP)
		is_good = unwrap_collection(&left, &value) && left.len == 0;
	return is_good ? read_tagged(value, out) : TSPDM_ERR_EVIDENCE_FORM;
}

/* A quote without claims: what it commits to is the key itself. */
static enum tspdm_status read_bare(struct tspdm_view content, struct tspdm_tagged_evidence *out)
{
	*out = (struct tspdm_tagged_evidence){ .hash_id = 0 };
	if (tspdm_read_evidence(content, &out->evidence) == TSPDM_OK &&
		(out->evidence.tee == TSPDM_TEE_SGX || out->evidence.tee == TSPDM_TEE_TDX))
		return TSPDM_OK;
	*out = (struct tspdm_tagged_evidence){ .hash_id = 0 };
	return TSPDM_ERR_EVIDENCE_FORM;
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

static enum tspdm_status read_cbor(struct tspdm_view content, struct tspdm_tagged_evidence *out)
{
	*out = (struct tspdm_tagged_evidence){ .hash_id = 0 };
	TSPDM_TRY(unwrap(&content));
	return tspdm_read_tagged_evidence(content, out);
}

/* Which may hold anything, of anybody: what is not understood is no evidence, and not malformed. */
static enum tspdm_status read_any(struct tspdm_view content, struct tspdm_tagged_evidence *out)
{
	return read_cbor(content, out) == TSPDM_OK ? TSPDM_OK : TSPDM_ERR_EVIDENCE_MISSING;
}

/* By which name, in the order in which they are looked for: the first that is there is read. */
static const struct {
	const char *oid;
	enum tspdm_status (*read)(struct tspdm_view content, struct tspdm_tagged_evidence *out);
} extensions[] = {
	{ TSPDM_OID_TAGGED_EVIDENCE, read_cbor },
	{ "1.3.6.1.5.5.7.1.35", read_any },          /* id-pe-cmw; its CHOICE of JSON is none that is known here */
	{ "0.6.9.42.840.113741.1337.6", read_bare }, /* as Gramine still writes it beside the first */
};

static enum tspdm_status find_extension(const X509 *certificate, const char *name, struct tspdm_view *out)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(name, 1);
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
	return TSPDM_OK;
}

static enum tspdm_status read_extensions(
	const X509 *certificate, struct tspdm_buffer *room, struct tspdm_tagged_evidence *out)
{
	struct tspdm_view value = { NULL, 0 };
	size_t at = room->len, i = 0;
	enum tspdm_status status = TSPDM_ERR_EVIDENCE_MISSING;

	for (i = 0; i < sizeof extensions / sizeof extensions[0] && status == TSPDM_ERR_EVIDENCE_MISSING; i++)
		status = find_extension(certificate, extensions[i].oid, &value);
	TSPDM_TRY(status);
	write_view(room, value);
	TSPDM_TRY(write_end(room));
	return extensions[i - 1].read((struct tspdm_view){ room->ptr + at, value.len }, out);
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
		status = read_extensions(parsed, room, out);
	X509_free(parsed);
	return status;
}

/* ---- The binding ---- */

/* Without claims the report data is the key's hash: SHA-256 of the SPKI, and zeros. */
static enum tspdm_status check_bare_binding(
	struct tspdm_crypto *crypto, struct tspdm_view spki, const uint8_t *report_data)
{
	uint8_t expected[TSPDM_REPORT_DATA_LEN] = { 0 };

	TSPDM_TRY(tspdm_digest_once(crypto, TSPDM_HASH_SHA256, spki, expected));
	return tspdm_equal_secret(expected, report_data, sizeof expected) ? TSPDM_OK : TSPDM_ERR_EVIDENCE_KEY;
}

enum tspdm_status tspdm_check_certificate_binding(struct tspdm_crypto *crypto,
	const struct tspdm_tagged_evidence *tagged, struct tspdm_view spki, const uint8_t *report_data)
{
	const struct named_hash *named = find_hash(tagged->hash_id);
	uint8_t key_hash[HASH_MAX], expected[TSPDM_REPORT_DATA_LEN];

	if (spki.len == 0 || report_data == NULL)
		return TSPDM_ERR_ARGUMENT;
	if (tagged->claims.len == 0 && tagged->evidence.report.len != 0 && tagged->key_hash.len == 0)
		return check_bare_binding(crypto, spki, report_data);
	if (named == NULL || tagged->key_hash.len != named->len || tagged->claims.len == 0)
		return TSPDM_ERR_EVIDENCE_KEY;
	TSPDM_TRY(tspdm_digest_once(crypto, named->algorithm, spki, key_hash));
	if (!tspdm_equal_secret(key_hash, tagged->key_hash.ptr, named->len))
		return TSPDM_ERR_EVIDENCE_KEY;
	TSPDM_TRY(tspdm_bind_certificate_evidence(crypto, tagged->claims, expected));
	return tspdm_equal_secret(expected, report_data, sizeof expected) ? TSPDM_OK : TSPDM_ERR_EVIDENCE_KEY;
}
