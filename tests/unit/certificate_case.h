/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the tests of evidence in certificates share: a key, claims about it, evidence about the claims, and certificates. */
#ifndef TEST_CERTIFICATE_CASE_H
#define TEST_CERTIFICATE_CASE_H

#include "soft_tee_help.h"

#include <tspdm/appraisal.h>
#include <tspdm/openssl.h>

#include "../../backends/appraisal/certificate_evidence.h"

static struct tspdm_crypto *crypto;
static EVP_PKEY *key;
static uint8_t spki_bytes[256];
static struct tspdm_view spki = { spki_bytes, 0 };
static uint8_t claims_bytes[TSPDM_CLAIMS_BUFFER_MAX];
static struct tspdm_buffer claims = { .ptr = claims_bytes, .cap = sizeof claims_bytes };

static inline int set_up(void **state)
{
	uint8_t *der = NULL;
	int len;

	(void)state;
	key = EVP_EC_gen("P-384");
	len = i2d_PUBKEY(key, &der);
	if (len <= 0 || (size_t)len > sizeof spki_bytes || tspdm_openssl_new(&crypto) != TSPDM_OK)
		return -1;
	memcpy(spki_bytes, der, (size_t)len);
	spki.len = (size_t)len;
	OPENSSL_free(der);
	return tspdm_write_claims(crypto, spki, &claims) == TSPDM_OK ? 0 : -1;
}

static inline int tear_down(void **state)
{
	(void)state;
	tspdm_openssl_free(crypto);
	EVP_PKEY_free(key);
	return 0;
}

/* ---- Builders ---- */

static inline struct tspdm_view view_of(const struct tspdm_buffer *buffer)
{
	assert_true(buffer->len <= buffer->cap);
	return tspdm_buffer_view(buffer);
}

static inline void put(struct tspdm_buffer *w, const void *bytes, size_t len)
{
	assert_true(len <= w->cap - w->len);
	if (len != 0)
		memcpy(w->ptr + w->len, bytes, len);
	w->len += len;
}

static inline void put_byte_string(struct tspdm_buffer *w, struct tspdm_view content)
{
	uint8_t head[3] = { 0x59, (uint8_t)(content.len >> 8), (uint8_t)content.len };

	put(w, head, sizeof head);
	put(w, content.ptr, content.len);
}

struct soft {
	struct tspdm_evidence_source *source;
	struct tspdm_evidence_job *job;
	struct tspdm_evidence evidence;
};

/* Evidence about the claims. */
static inline struct soft make_evidence(enum tspdm_tee kind, struct tspdm_view about)
{
	struct tspdm_soft_tee_config config = honest();
	struct soft soft;
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];
	uint32_t retry_us;

	config.kind = kind;
	soft.source = make_source(&config);
	assert_int_equal(tspdm_bind_certificate_evidence(crypto, about, report_data), TSPDM_OK);
	assert_int_equal(soft.source->ops->begin(soft.source, report_data, &soft.job), TSPDM_OK);
	assert_int_equal(soft.source->ops->poll(soft.source, soft.job, &soft.evidence, &retry_us), TSPDM_OK);
	return soft;
}

static inline void drop_evidence(struct soft *soft)
{
	soft->source->ops->end(soft->source, soft->job);
	tspdm_soft_tee_free(soft->source);
}

static inline const uint8_t *report_data_of(const struct tspdm_evidence *evidence)
{
	return evidence->report.ptr + (evidence->tee == TSPDM_TEE_SEV_SNP ? 0x50 : 48 + 520);
}

static inline bool add_extension(X509 *certificate, const char *oid_text, struct tspdm_view value)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(oid_text, 1);
	ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;
	bool ok;

	ASN1_OCTET_STRING_set(octets, value.ptr, (int)value.len);
	extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, octets);
	ok = X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(octets);
	ASN1_OBJECT_free(oid);
	return ok;
}

static const char *oid_now = TSPDM_OID_TAGGED_EVIDENCE;

/* A self-signed certificate with the extension `count` times. To be freed with OPENSSL_free. */
static inline struct tspdm_view certificate_with(struct tspdm_view value, int count)
{
	X509 *certificate = X509_new();
	uint8_t *der = NULL;
	int len;

	assert_int_equal(X509_set_version(certificate, X509_VERSION_3), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	assert_int_equal(X509_set_pubkey(certificate, key), 1);
	while (count-- > 0)
		assert_true(add_extension(certificate, oid_now, value));
	assert_true(X509_sign(certificate, key, EVP_sha384()) > 0);
	len = i2d_X509(certificate, &der);
	X509_free(certificate);
	assert_true(len > 0);
	return (struct tspdm_view){ der, (size_t)len };
}

static uint8_t room_bytes[16384];

static inline enum tspdm_status read_from(struct tspdm_view value, int count, struct tspdm_tagged_evidence *out)
{
	struct tspdm_view certificate = certificate_with(value, count);
	struct tspdm_buffer room = { .ptr = room_bytes, .cap = sizeof room_bytes };
	enum tspdm_status status = tspdm_read_certificate_evidence(certificate, &room, out);

	OPENSSL_free((void *)certificate.ptr);
	return status;
}

static inline void assert_view(struct tspdm_view a, struct tspdm_view b)
{
	assert_int_equal(a.len, b.len);
	if (b.len != 0)
		assert_memory_equal(a.ptr, b.ptr, b.len);
}

/* Makes the tagged evidence of a TDX source with other claims, by hand. */
static inline size_t by_hand(struct tspdm_view about, uint8_t *bytes, size_t cap)
{
	struct soft soft = make_evidence(TSPDM_TEE_TDX, about);
	struct tspdm_buffer w = { .ptr = bytes, .cap = cap };

	put(&w, "\xD9\xEA\x60\x82", 4);
	put_byte_string(&w, soft.evidence.report);
	put_byte_string(&w, about);
	drop_evidence(&soft);
	return w.len;
}

#endif
