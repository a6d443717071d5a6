/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * For tests of the software TEE: making a source and its evidence, and looking at certificates with OpenSSL alone. */
#ifndef TEST_SOFT_TEE_HELP_H
#define TEST_SOFT_TEE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <tspdm/soft_tee.h>

#define NOW INT64_C(4102444800) /* 2100-01-01: nothing may depend on the system's clock */

static uint64_t clock_us;

static inline uint64_t test_clock(void)
{
	return clock_us;
}

static inline struct tspdm_soft_tee_config honest(void)
{
	struct tspdm_soft_tee_config config = { .size = sizeof config, .time = NOW, .now_us = test_clock };

	return config;
}

static inline struct tspdm_evidence_source *make_source(const struct tspdm_soft_tee_config *config)
{
	struct tspdm_evidence_source *source = NULL;

	assert_int_equal(tspdm_soft_tee_new(config, &source), TSPDM_OK);
	assert_non_null(source);
	assert_int_equal(source->ops->size, sizeof *source->ops);
	return source;
}

static inline struct tspdm_evidence_job *begin(struct tspdm_evidence_source *source, uint8_t fill)
{
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];
	struct tspdm_evidence_job *job = NULL;

	memset(report_data, fill, sizeof report_data);
	assert_int_equal(source->ops->begin(source, report_data, &job), TSPDM_OK);
	assert_non_null(job);
	memset(report_data, 0xEE, sizeof report_data); /* the caller's bytes were copied */
	return job;
}

static inline struct tspdm_evidence finish(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job)
{
	struct tspdm_evidence evidence;
	uint32_t retry_us;

	assert_int_equal(source->ops->poll(source, job, &evidence, &retry_us), TSPDM_OK);
	assert_int_equal(evidence.tee, source->ops->tee);
	return evidence;
}

static inline uint32_t read_le(const uint8_t *p, size_t n)
{
	uint32_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

static inline bool all_bytes(const uint8_t *p, size_t n, uint8_t value)
{
	while (n-- > 0)
		if (p[n] != value)
			return false;
	return true;
}

static inline X509 *parse(struct tspdm_view der)
{
	const uint8_t *p = der.ptr;
	X509 *certificate = d2i_X509(NULL, &p, (long)der.len);

	assert_non_null(certificate);
	assert_ptr_equal(p, der.ptr + der.len);
	return certificate;
}

static inline void assert_name(X509_NAME *name, const char *common_name)
{
	char text[80];

	assert_true(X509_NAME_get_text_by_NID(name, NID_commonName, text, sizeof text) > 0);
	assert_string_equal(text, common_name);
	assert_true(X509_NAME_get_text_by_NID(name, NID_organizationName, text, sizeof text) > 0);
	assert_string_equal(text, "tspdm software TEE (not hardware)");
}

/* The content of an extension; empty if there is none. */
static inline struct tspdm_view extension(X509 *certificate, const char *oid)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	int at = X509_get_ext_by_OBJ(certificate, object, -1);
	ASN1_OCTET_STRING *value;

	ASN1_OBJECT_free(object);
	if (at < 0)
		return (struct tspdm_view){ NULL, 0 };
	value = X509_EXTENSION_get_data(X509_get_ext(certificate, at));
	return (struct tspdm_view){ ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value) };
}

static inline void spki_digest(X509 *certificate, uint8_t *out)
{
	uint8_t *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);

	assert_true(len > 0);
	SHA256(der, (size_t)len, out);
	OPENSSL_free(der);
}

/* @returns X509_V_OK, or the first error */
static inline int verify_chain(X509 *root, X509 *intermediate, X509 *leaf, X509_CRL *crl)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	STACK_OF(X509) *between = sk_X509_new_null();
	int error;

	assert_true(sk_X509_push(between, intermediate) > 0);
	assert_int_equal(X509_STORE_add_cert(store, root), 1);
	if (crl != NULL)
		assert_int_equal(X509_STORE_add_crl(store, crl), 1);
	assert_int_equal(X509_STORE_CTX_init(context, store, crl == NULL ? leaf : intermediate, between), 1);
	X509_STORE_CTX_set_time(context, 0, (time_t)NOW);
	if (crl != NULL)
		X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context), X509_V_FLAG_CRL_CHECK);
	error = X509_verify_cert(context) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context);
	sk_X509_free(between);
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	return error;
}

/* ECDSA with r and s big-endian. */
static inline bool ecdsa_verifies(EVP_PKEY *key, const EVP_MD *hash, const uint8_t *data, size_t len, const uint8_t *r,
	const uint8_t *s, int number_len)
{
	ECDSA_SIG *signature = ECDSA_SIG_new();
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t *der = NULL;
	int der_len;
	bool ok;

	assert_int_equal(ECDSA_SIG_set0(signature, BN_bin2bn(r, number_len, NULL), BN_bin2bn(s, number_len, NULL)), 1);
	der_len = i2d_ECDSA_SIG(signature, &der);
	assert_true(der_len > 0);
	assert_int_equal(EVP_DigestVerifyInit(context, NULL, hash, NULL, key), 1);
	ok = EVP_DigestVerify(context, der, (size_t)der_len, data, len) == 1;
	OPENSSL_free(der);
	EVP_MD_CTX_free(context);
	ECDSA_SIG_free(signature);
	return ok;
}

/* What an examination finds wrong. Each defect has its own set; honest evidence has none. */
enum fault {
	FAULT_SIGNATURE = 1 << 0,
	FAULT_MEASUREMENT = 1 << 1,
	FAULT_DEBUG = 1 << 2,
	FAULT_REPORT_DATA = 1 << 3,
	FAULT_HWID = 1 << 4,
	FAULT_TCB = 1 << 5,
	FAULT_EXPIRED = 1 << 6,
	FAULT_ROOT = 1 << 7,
	FAULT_UNSIGNED = 1 << 8,
	FAULT_NO_CERTIFICATES = 1 << 9,
	FAULT_MIGRATION = 1 << 10,
	FAULT_REVOKED = 1 << 11,
	FAULT_KEY_KIND = 1 << 12,
	FAULT_CHAIN = 1 << 13,
	FAULT_QE = 1 << 14,
};

#endif
