/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Certificate requests (PKCS #10, RFC 2986): made for an identity's key, with what a requester wishes to stand in them; and
 * verified. */
#include <limits.h>
#include <string.h>

#include "base/cursor.h"
#include "internal.h"

enum {
	/* What a wish may be as long as; more than any has, few enough to bound the work. */
	INFO_MAX = 4096,
	ATTRIBUTES_MAX = 32,
	RDN_MAX = 16,
	RDN_VALUE_MAX = 256,
};

static bool is_fit(const struct tspdm_openssl_identity *identity, uint32_t asym)
{
	return (identity->fits & asym) != 0;
}

/* The connection's hash where certificates can be signed with it, else SHA-384. */
static const EVP_MD *digest_of(const struct tspdm_openssl_identity *identity, uint32_t hash)
{
	const EVP_MD *md;

	if (tspdm_ossl_can_certify(&identity->hashes, identity->key, hash, &md))
		return md;
	return tspdm_ossl_md(&identity->hashes, TSPDM_HASH_SHA384);
}

/* ---- RequesterInfo ---- */

/* Written again it must be the same, or it was BER. */
static bool is_der_of(X509_REQ *request, struct tspdm_view der)
{
	uint8_t *again = NULL;
	int len = i2d_X509_REQ(request, &again);
	bool same = len > 0 && tspdm_ossl_der_equal(der, (struct tspdm_view){ again, (size_t)len });

	OPENSSL_free(again);
	return same;
}

static X509_REQ *read_request(struct tspdm_view der)
{
	const uint8_t *next = der.ptr;
	X509_REQ *request = der.len != 0 && der.len <= LONG_MAX ? d2i_X509_REQ(NULL, &next, (long)der.len) : NULL;

	if (request != NULL && is_der_of(request, der))
		return request;
	X509_REQ_free(request);
	return NULL;
}

/* OpenSSL reads a CertificationRequestInfo inside a request only: so it gets one, which nobody signed. */
static X509_REQ *read_info(struct tspdm_view info)
{
	static const uint8_t unsigned_tail[] = { 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x01, 0x00 };
	uint8_t room[4 + INFO_MAX + sizeof unsigned_tail];
	uint8_t *next = room;
	struct tspdm_view rest = info, element;

	if (info.len > INFO_MAX || !tspdm_ossl_next_der(&rest, &element) || rest.len != 0)
		return NULL;
	ASN1_put_object(&next, 1, (int)(info.len + sizeof unsigned_tail), V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
	memcpy(next, info.ptr, info.len);
	memcpy(next + info.len, unsigned_tail, sizeof unsigned_tail);
	return read_request((struct tspdm_view){ room, (size_t)(next - room) + info.len + sizeof unsigned_tail });
}

/* F21: names that are long, or of many parts, go no further than this. */
static bool is_name_good(const X509_NAME *name)
{
	int count = X509_NAME_entry_count(name);

	if (count > RDN_MAX)
		return false;
	for (int i = 0; i < count; i++)
		if (ASN1_STRING_length(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i))) > RDN_VALUE_MAX)
			return false;
	return true;
}

static enum tspdm_status read_wish(struct tspdm_view info, X509_REQ **out)
{
	*out = NULL;
	if (info.len == 0)
		return TSPDM_OK;
	*out = read_info(info);
	if (*out == NULL || X509_REQ_get_version(*out) != X509_REQ_VERSION_1 ||
		!is_name_good(X509_REQ_get_subject_name(*out)) || X509_REQ_get_attr_count(*out) > ATTRIBUTES_MAX)
		return TSPDM_ERR_FIELD;
	return TSPDM_OK;
}

/* ---- The request ---- */

static bool set_common_name(X509_REQ *request, const char *common_name)
{
	return X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(request), NID_commonName, MBSTRING_UTF8,
		       (const unsigned char *)common_name, -1, -1, 0) == 1;
}

static bool take_wish(X509_REQ *request, const X509_REQ *wish, const char *common_name)
{
	X509_NAME *subject = wish != NULL ? X509_REQ_get_subject_name(wish) : NULL;

	if (subject == NULL || X509_NAME_entry_count(subject) == 0) {
		if (!set_common_name(request, common_name))
			return false;
	} else if (X509_REQ_set_subject_name(request, subject) != 1) {
		return false;
	}
	for (int i = 0; wish != NULL && i < X509_REQ_get_attr_count(wish); i++)
		if (X509_REQ_add1_attr(request, X509_REQ_get_attr(wish, i)) != 1)
			return false;
	return true;
}

static bool sign(X509_REQ *request, const struct tspdm_openssl_identity *identity, uint32_t hash)
{
	EVP_MD_CTX *context = tspdm_ossl_certifier(identity->key, digest_of(identity, hash));
	bool good = context != NULL && X509_REQ_sign_ctx(request, context) > 0;

	EVP_MD_CTX_free(context);
	return good;
}

/* The key is the identity's, whatever the wish says. */
static bool fill(X509_REQ *request, const struct tspdm_openssl_identity *identity, const X509_REQ *wish,
	const char *common_name, uint32_t hash)
{
	return X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1 && take_wish(request, wish, common_name) &&
	       X509_REQ_set_pubkey(request, identity->key) == 1 && sign(request, identity, hash);
}

static enum tspdm_status make(const struct tspdm_openssl_identity *identity, const X509_REQ *wish,
	const char *common_name, uint32_t hash, struct tspdm_buffer *out)
{
	X509_REQ *request = X509_REQ_new();
	uint8_t *der = NULL;
	enum tspdm_status status = TSPDM_ERR_CRYPTO;
	int len = 0;

	if (request != NULL && fill(request, identity, wish, common_name, hash))
		len = i2d_X509_REQ(request, &der);
	if (len > 0) {
		write_view(out, (struct tspdm_view){ der, (size_t)len });
		status = write_end(out);
	}
	OPENSSL_free(der);
	X509_REQ_free(request);
	return status;
}

enum tspdm_status tspdm_openssl_identity_csr(
	const struct tspdm_openssl_identity *identity, const char *common_name, struct tspdm_buffer *out)
{
	enum tspdm_status status;

	ERR_set_mark();
	status = make(identity, NULL, common_name, TSPDM_HASH_SHA384, out);
	ERR_pop_to_mark();
	return status;
}

enum tspdm_status tspdm_openssl_identity_request(const struct tspdm_openssl_identity *identity,
	const struct tspdm_csr_request *request, const char *common_name, struct tspdm_buffer *out)
{
	X509_REQ *wish = NULL;
	enum tspdm_status status;

	if (!is_fit(identity, request->asym))
		return TSPDM_ERR_UNSUPPORTED;
	ERR_set_mark();
	status = read_wish(request->requester_info, &wish);
	if (status == TSPDM_OK)
		status = make(identity, wish, common_name, request->hash, out);
	ERR_pop_to_mark();
	X509_REQ_free(wish);
	return status;
}

/* ---- Verifying ---- */

static enum tspdm_status verify(X509_REQ *request, struct tspdm_buffer *spki)
{
	uint8_t *der = NULL;
	int len;

	if (!tspdm_ossl_is_request_signed(request))
		return TSPDM_ERR_SIGNATURE;
	if (spki == NULL)
		return TSPDM_OK;
	len = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request), &der);
	if (len <= 0)
		return TSPDM_ERR_MEMORY;
	write_view(spki, (struct tspdm_view){ der, (size_t)len });
	OPENSSL_free(der);
	return write_end(spki);
}

enum tspdm_status tspdm_openssl_csr_verify(struct tspdm_view csr, struct tspdm_buffer *spki)
{
	X509_REQ *request;
	enum tspdm_status status;

	ERR_set_mark();
	request = read_request(csr);
	status = request != NULL ? verify(request, spki) : TSPDM_ERR_FIELD;
	ERR_pop_to_mark();
	X509_REQ_free(request);
	return status;
}
