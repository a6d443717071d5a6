/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Verifying SEV-SNP evidence of the software TEE, beside its signatures alone. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/ec.h>
#include <openssl/x509_vfy.h>

#include <tspdm/sev_snp.h>
#include <tspdm/soft_tee.h>

#include "bench.h"

enum { NUMBER_LEN = 48 };

struct evidence {
	struct tspdm_evidence_source *source;
	struct tspdm_evidence_job *job;
	struct tspdm_evidence evidence;
	struct tspdm_snp_finding *finding;
	int64_t time;
	EVP_MD_CTX *context;
	struct tspdm_snp_certificates table;
	uint8_t signature[2 * NUMBER_LEN + 16];
	size_t signature_len;
};

static void make_evidence(struct evidence *e)
{
	const struct tspdm_soft_tee_config config = { .size = sizeof config, .kind = TSPDM_TEE_SEV_SNP };
	const uint8_t report_data[TSPDM_REPORT_DATA_LEN] = { 1 };
	enum tspdm_status status = TSPDM_AGAIN;
	uint32_t retry_us;

	CHECK(tspdm_soft_tee_new(&config, &e->source) == TSPDM_OK);
	CHECK(e->source->ops->begin(e->source, report_data, &e->job) == TSPDM_OK);
	while (status == TSPDM_AGAIN)
		status = e->source->ops->poll(e->source, e->job, &e->evidence, &retry_us);
	CHECK(status == TSPDM_OK);
	e->time = time(NULL);
	e->finding = calloc(1, sizeof *e->finding);
	CHECK(e->finding != NULL);
}

/* The report's R and S, little-endian, as DER. */
static void take_signature(struct evidence *e)
{
	uint8_t *out = e->signature;
	struct tspdm_snp_report report;
	ECDSA_SIG *pair = ECDSA_SIG_new();

	CHECK(tspdm_snp_read_report(e->evidence.report, &report) == TSPDM_OK && pair != NULL);
	CHECK(ECDSA_SIG_set0(pair, BN_lebin2bn(report.signature_r, NUMBER_LEN, NULL),
		      BN_lebin2bn(report.signature_s, NUMBER_LEN, NULL)) == 1);
	e->signature_len = (size_t)i2d_ECDSA_SIG(pair, &out);
	ECDSA_SIG_free(pair);
}

static void verify(void *context)
{
	struct evidence *e = context;
	const struct tspdm_snp_input input = {
		.size = sizeof input, .evidence = e->evidence, .allow_standin = true, .time = e->time
	};

	memset(e->finding, 0, sizeof *e->finding);
	CHECK(tspdm_snp_verify(&input, e->finding) == TSPDM_OK);
}

static X509 *parse(struct tspdm_view der)
{
	const uint8_t *next = der.ptr;
	X509 *certificate = d2i_X509(NULL, &next, (long)der.len);

	CHECK(certificate != NULL);
	return certificate;
}

/* The root vouches for the intermediate, that for the chip's key, that for the report. The root's own signature of
 * itself proves nothing: its key is pinned. */
static void floor_once(void *context)
{
	struct evidence *e = context;
	X509 *root = parse(e->table.ark);
	X509 *ca = parse(e->table.ask);
	X509 *ek = parse(e->table.vcek);

	CHECK(X509_verify(ca, X509_get0_pubkey(root)) == 1);
	CHECK(X509_verify(ek, X509_get0_pubkey(ca)) == 1);
	CHECK(EVP_DigestVerifyInit_ex(e->context, NULL, "SHA384", NULL, NULL, X509_get0_pubkey(ek), NULL) == 1);
	CHECK(EVP_DigestVerify(
		      e->context, e->signature, e->signature_len, e->evidence.report.ptr, TSPDM_SNP_SIGNED_LEN) == 1);
	CHECK(EVP_MD_CTX_reset(e->context) == 1);
	X509_free(ek);
	X509_free(ca);
	X509_free(root);
}

json_t *bench_snp(unsigned rounds)
{
	struct evidence e = { .context = EVP_MD_CTX_new() };
	json_t *row;

	make_evidence(&e);
	take_signature(&e);
	CHECK(tspdm_snp_read_table(e.evidence.certificates, &e.table) == TSPDM_OK && e.context != NULL);
	row = bench_verification("SEV-SNP, a report", rounds, verify, floor_once, &e);
	e.source->ops->end(e.source, e.job);
	tspdm_soft_tee_free(e.source);
	EVP_MD_CTX_free(e.context);
	free(e.finding);
	return row;
}
