/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Verifying TDX evidence of the software TEE without collateral, beside its signatures alone. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include <tspdm/soft_tee.h>
#include <tspdm/tdx.h>

#include "bench.h"

enum { NUMBER_LEN = 32, POINT_LEN = 1 + 2 * NUMBER_LEN, CERTIFICATES = 3 };

struct quoted {
	struct tspdm_evidence_source *source;
	struct tspdm_evidence_job *job;
	struct tspdm_evidence evidence;
	struct tspdm_tdx_finding *finding;
	int64_t time;
	EVP_MD_CTX *context;
	struct tspdm_quote quote;
	uint8_t signature[2][2 * NUMBER_LEN + 16]; /* of the quoting enclave's report, and of the quote; DER */
	size_t signature_len[2];
};

static void make_evidence(struct quoted *q)
{
	const struct tspdm_soft_tee_config config = { .size = sizeof config, .kind = TSPDM_TEE_TDX };
	const uint8_t report_data[TSPDM_REPORT_DATA_LEN] = { 1 };
	enum tspdm_status status = TSPDM_AGAIN;
	uint32_t retry_us;

	CHECK(tspdm_soft_tee_new(&config, &q->source) == TSPDM_OK);
	CHECK(q->source->ops->begin(q->source, report_data, &q->job) == TSPDM_OK);
	while (status == TSPDM_AGAIN)
		status = q->source->ops->poll(q->source, q->job, &q->evidence, &retry_us);
	CHECK(status == TSPDM_OK);
	q->time = time(NULL);
	q->finding = calloc(1, sizeof *q->finding);
	CHECK(q->finding != NULL && tspdm_read_quote(q->evidence.report, &q->quote) == TSPDM_OK);
}

static void take_signature(struct quoted *q, unsigned i, struct tspdm_view raw)
{
	uint8_t *out = q->signature[i];
	ECDSA_SIG *pair = ECDSA_SIG_new();

	CHECK(pair != NULL && raw.len == 2 * (size_t)NUMBER_LEN);
	CHECK(ECDSA_SIG_set0(pair, BN_bin2bn(raw.ptr, NUMBER_LEN, NULL),
		      BN_bin2bn(raw.ptr + NUMBER_LEN, NUMBER_LEN, NULL)) == 1);
	q->signature_len[i] = (size_t)i2d_ECDSA_SIG(pair, &out);
	ECDSA_SIG_free(pair);
}

static void verify(void *context)
{
	struct quoted *q = context;
	const struct tspdm_dcap_input input = { .size = sizeof input,
		.evidence = q->evidence,
		.allow_standin = true,
		.without_collateral = true,
		.time = q->time };

	memset(q->finding, 0, sizeof *q->finding);
	CHECK(tspdm_tdx_verify(&input, q->finding) == TSPDM_OK);
}

static void verify_signature(struct quoted *q, EVP_PKEY *key, unsigned i, struct tspdm_view data)
{
	CHECK(EVP_DigestVerifyInit_ex(q->context, NULL, "SHA256", NULL, NULL, key, NULL) == 1);
	CHECK(EVP_DigestVerify(q->context, q->signature[i], q->signature_len[i], data.ptr, data.len) == 1);
	CHECK(EVP_MD_CTX_reset(q->context) == 1);
}

static EVP_PKEY *attestation_key(const struct quoted *q)
{
	uint8_t point[POINT_LEN] = { 4 };
	char group[] = "P-256";
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
		OSSL_PARAM_construct_end() };
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	memcpy(point + 1, q->quote.attestation_key.ptr, sizeof point - 1);
	CHECK(context != NULL && EVP_PKEY_fromdata_init(context) == 1 &&
		EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) == 1);
	EVP_PKEY_CTX_free(context);
	return key;
}

/* The root vouches for the issuer, that for the PCK, that for the quoting enclave, and that for the key of the quote. */
static void floor_once(void *context)
{
	struct quoted *q = context;
	BIO *pem = BIO_new_mem_buf(q->quote.certification.ptr, (int)q->quote.certification.len);
	X509 *chain[CERTIFICATES]; /* the PCK first */
	EVP_PKEY *key = attestation_key(q);

	for (unsigned i = 0; i < CERTIFICATES; i++) {
		chain[i] = PEM_read_bio_X509(pem, NULL, NULL, NULL);
		CHECK(chain[i] != NULL);
	}
	CHECK(X509_verify(chain[1], X509_get0_pubkey(chain[2])) == 1);
	CHECK(X509_verify(chain[0], X509_get0_pubkey(chain[1])) == 1);
	verify_signature(q, X509_get0_pubkey(chain[0]), 0, q->quote.qe_report);
	verify_signature(q, key, 1, q->quote.signed_bytes);
	EVP_PKEY_free(key);
	for (unsigned i = 0; i < CERTIFICATES; i++)
		X509_free(chain[i]);
	BIO_free(pem);
}

json_t *bench_tdx(unsigned rounds)
{
	struct quoted q = { .context = EVP_MD_CTX_new() };
	json_t *row;

	CHECK(q.context != NULL);
	make_evidence(&q);
	take_signature(&q, 0, q.quote.qe_report_signature);
	take_signature(&q, 1, q.quote.signature);
	row = bench_verification("TDX, a quote without collateral", rounds, verify, floor_once, &q);
	q.source->ops->end(q.source, q.job);
	tspdm_soft_tee_free(q.source);
	EVP_MD_CTX_free(q.context);
	free(q.finding);
	return row;
}
