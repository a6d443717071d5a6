/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The software TEE's TDX quotes through the verifier, with collateral made under its published root: revocation, statuses
 * and mistakes that no genuine collateral shows. */
#include "soft_tee_help.h"

#include <stdlib.h>

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <tspdm/signature_cache.h>
#include <tspdm/tdx.h>

#include "../../backends/soft-tee/soft_tee.h"
#include "dcap_texts.h"

enum { DAY = 86400 };

#define MODULES                                                                                                        \
	"{\"id\":\"TDX_01\"," MODULE ",\"tcbLevels\":[{\"tcb\":{\"isvsvn\":1},"                                        \
	"\"tcbDate\":\"2099-01-01T00:00:00Z\",\"tcbStatus\":\"UpToDate\"}]}"

/* Collateral under the software TEE's root. */
static struct world {
	EVP_PKEY *root_key, *platform_key, *signer_key;
	X509 *root, *signer;
	char tcb_info[DCAP_TEXT_MAX], qe_identity[DCAP_TEXT_MAX], chain[4096];
	uint8_t root_crl[2048], pck_crl[2048];
	size_t root_crl_len, pck_crl_len;
	struct tspdm_signature_cache *signatures;
} world;

static struct tspdm_tdx_finding *finding;

static X509 *certify(const char *name, EVP_PKEY *key, const struct tspdm_soft_authority *issuer, bool is_ca)
{
	struct tspdm_soft_certificate what = { .common_name = name,
		.key = key,
		.issuer = issuer,
		.hash = EVP_sha256(),
		.has_key_ids = true,
		.serial = is_ca ? 1 : 77,
		.not_before = NOW - 400LL * DAY,
		.not_after = NOW + 400LL * DAY,
		.constraints = is_ca ? "critical,CA:TRUE,pathlen:1" : "critical,CA:FALSE",
		.usage = is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature" };
	X509 *out = NULL;

	assert_int_equal(tspdm_soft_certify(&what, &out), TSPDM_OK);
	return out;
}

static void write_chain(X509 *signer)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	assert_int_equal(PEM_write_bio_X509(bio, signer), 1);
	assert_int_equal(PEM_write_bio_X509(bio, world.root), 1);
	len = BIO_get_mem_data(bio, &text);
	assert_true(len > 0 && (size_t)len < sizeof world.chain);
	memcpy(world.chain, text, (size_t)len);
	world.chain[len] = '\0';
	BIO_free(bio);
}

static void sign_body(char *text, const char *name, const char *body)
{
	uint8_t rs[64];
	size_t at;

	assert_int_equal(tspdm_soft_sign(world.signer_key, EVP_sha256(),
				 (struct tspdm_view){ (const uint8_t *)body, strlen(body) }, rs, sizeof rs),
		TSPDM_OK);
	at = (size_t)snprintf(text, DCAP_TEXT_MAX, "{\"%s\":%s,\"signature\":\"", name, body);
	for (size_t i = 0; i < sizeof rs; i++)
		at += (size_t)snprintf(text + at, DCAP_TEXT_MAX - at, "%02x", rs[i]);
	snprintf(text + at, DCAP_TEXT_MAX - at, "\"}");
}

static void set_status(const char *platform, const char *qe)
{
	static char body[DCAP_TEXT_MAX];
	struct text_level level = { 1, 0, 0, platform };

	build_tcb_info(body, "50F77EE00000", &level, 1, MODULES);
	sign_body(world.tcb_info, "tcbInfo", body);
	build_qe_identity(body, qe);
	sign_body(world.qe_identity, "enclaveIdentity", body);
}

/* @param serial  revoked; 0: none */
static size_t make_crl(const char *issuer, EVP_PKEY *key, uint64_t serial, int64_t from, uint8_t *out)
{
	X509_CRL *crl = X509_CRL_new();
	X509_NAME *name = X509_NAME_dup(X509_get_subject_name(world.root));
	ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)from);
	uint8_t *next = out;
	int len;
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);

	X509_NAME_ENTRY_free(X509_NAME_delete_entry(name, at));
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)issuer, -1, at, 0), 1);
	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, name);
	X509_CRL_set1_lastUpdate(crl, time);
	ASN1_TIME_set(time, (time_t)(from + 30LL * DAY));
	X509_CRL_set1_nextUpdate(crl, time);
	if (serial != 0) {
		X509_REVOKED *entry = X509_REVOKED_new();
		ASN1_INTEGER *number = ASN1_INTEGER_new();

		ASN1_INTEGER_set_uint64(number, serial);
		X509_REVOKED_set_serialNumber(entry, number);
		X509_REVOKED_set_revocationDate(entry, time);
		X509_CRL_add0_revoked(crl, entry);
		ASN1_INTEGER_free(number);
	}
	X509_CRL_sort(crl);
	assert_true(X509_CRL_sign(crl, key, EVP_sha256()) > 0);
	len = i2d_X509_CRL(crl, &next);
	assert_true(len > 0 && len < 2048);
	X509_CRL_free(crl);
	X509_NAME_free(name);
	ASN1_TIME_free(time);
	return (size_t)len;
}

static void set_root_crl(uint64_t serial, int64_t from)
{
	world.root_crl_len = make_crl("Intel SGX Root CA", world.root_key, serial, from, world.root_crl);
}

static void set_pck_crl(EVP_PKEY *key, uint64_t serial, int64_t from)
{
	world.pck_crl_len = make_crl("Intel SGX PCK Platform CA", key, serial, from, world.pck_crl);
}

static int open_world(void **state)
{
	struct tspdm_soft_authority root = { 0 };

	(void)state;
	assert_int_equal(tspdm_signature_cache_new(256, &world.signatures), TSPDM_OK);
	finding = calloc(1, sizeof *finding);
	world.root_key = tspdm_soft_ec_key(NID_X9_62_prime256v1, "tspdm software TEE: SGX root", 0);
	world.platform_key = tspdm_soft_ec_key(NID_X9_62_prime256v1, "tspdm software TEE: PCK platform CA", 0);
	world.signer_key = EVP_EC_gen("P-256");
	world.root = certify("Intel SGX Root CA", world.root_key, NULL, true);
	root = (struct tspdm_soft_authority){ world.root_key, world.root };
	world.signer = certify("Intel SGX TCB Signing", world.signer_key, &root, false);
	return finding != NULL ? 0 : -1;
}

static int close_world(void **state)
{
	(void)state;
	EVP_PKEY_free(world.root_key);
	EVP_PKEY_free(world.platform_key);
	EVP_PKEY_free(world.signer_key);
	X509_free(world.root);
	X509_free(world.signer);
	tspdm_signature_cache_free(world.signatures);
	free(finding);
	return 0;
}

/* Good collateral, before each test. */
static int make_good(void **state)
{
	(void)state;
	write_chain(world.signer);
	set_status("UpToDate", "UpToDate");
	set_root_crl(0, NOW - DAY);
	set_pck_crl(world.platform_key, 0, NOW - DAY);
	return 0;
}

static struct tspdm_view text(const char *s)
{
	return (struct tspdm_view){ (const uint8_t *)s, strlen(s) };
}

static struct tspdm_dcap_input input(void)
{
	return (struct tspdm_dcap_input){ .size = sizeof(struct tspdm_dcap_input),
		.collateral = { .tcb_info = text(world.tcb_info),
			.qe_identity = text(world.qe_identity),
			.tcb_signing_chain = text(world.chain),
			.pck_crl = { world.pck_crl, world.pck_crl_len },
			.root_ca_crl = { world.root_crl, world.root_crl_len } },
		.allow_standin = true,
		.require_crl = true,
		.time = NOW };
}

/* A cache that all tests share, with whatever earlier ones found good: it changes no check. */
static void verify_by_memory(struct tspdm_dcap_input in)
{
	struct tspdm_tdx_finding *again = calloc(1, sizeof *again);

	assert_non_null(again);
	in.signatures = world.signatures;
	for (unsigned round = 0; round < 2; round++) {
		const struct tspdm_checks *a = &finding->base.checks, *b = &again->base.checks;

		assert_int_equal(tspdm_tdx_verify(&in, again), finding->base.status);
		assert_int_equal(a->count, b->count);
		for (unsigned i = 0; i < a->count; i++) {
			assert_string_equal(a->items[i].name, b->items[i].name);
			assert_int_equal(a->items[i].status, b->items[i].status);
			assert_string_equal(a->items[i].detail, b->items[i].detail);
		}
	}
	free(again);
}

static enum tspdm_status verify_with(struct tspdm_dcap_input *in, uint32_t defects)
{
	struct tspdm_soft_tee_config config = honest();
	struct tspdm_evidence_source *source;
	struct tspdm_evidence_job *job;
	enum tspdm_status status;

	config.kind = TSPDM_TEE_TDX;
	config.defects = defects;
	source = make_source(&config);
	job = begin(source, 0x5A);
	in->evidence = finish(source, job);
	status = tspdm_tdx_verify(in, finding);
	verify_by_memory(*in);
	source->ops->end(source, job);
	tspdm_soft_tee_free(source);
	return status;
}

static void expect_with(struct tspdm_dcap_input *in, uint32_t defects, enum tspdm_status want, const char *check)
{
	enum tspdm_status status = verify_with(in, defects);
	const struct tspdm_check *found = check != NULL ? tspdm_checks_find(&finding->base.checks, check) : NULL;

	if (status != want || (check != NULL && (found == NULL || found->status != want))) {
		for (unsigned i = 0; i < finding->base.checks.count; i++)
			printf("#   %u %s %s\n", finding->base.checks.items[i].result,
				finding->base.checks.items[i].name, finding->base.checks.items[i].detail);
		fail_msg("%s instead of %s", tspdm_status_name(status), tspdm_status_name(want));
	}
}

static void expect(enum tspdm_status want, const char *check)
{
	struct tspdm_dcap_input in = input();

	expect_with(&in, 0, want, check);
}

static void a_stand_in_is_accepted_where_it_is_allowed_and_called_so(void **state)
{
	struct tspdm_dcap_input in = input();

	(void)state;
	expect_with(&in, 0, TSPDM_OK, "tcb.status");
	assert_int_equal(finding->base.anchor, TSPDM_ANCHOR_STANDIN);
	assert_int_equal(finding->tcb.status, TSPDM_TCB_UP_TO_DATE);
	assert_true(finding->crl_checked);
	in.allow_standin = false;
	expect_with(&in, 0, TSPDM_ERR_EVIDENCE_SOFT, "anchor");
	assert_int_equal(finding->base.anchor, TSPDM_ANCHOR_NONE);
	in.roots = text(world.chain); /* naming it does not make it hardware */
	expect_with(&in, 0, TSPDM_ERR_EVIDENCE_SOFT, "anchor");
}

static void each_defect_is_refused_for_its_own_reason(void **state)
{
	static const struct {
		uint32_t defect;
		enum tspdm_status status;
		const char *check;
	} rows[] = {
		{ TSPDM_SOFT_FLIP_SIGNATURE, TSPDM_ERR_EVIDENCE_SIGNATURE, "quote.signature" },
		{ TSPDM_SOFT_FLIP_REPORT, TSPDM_ERR_EVIDENCE_SIGNATURE, "quote.signature" },
		{ TSPDM_SOFT_EXPIRED, TSPDM_ERR_COLLATERAL, "chain.time" },
		{ TSPDM_SOFT_FOREIGN_ROOT, TSPDM_ERR_EVIDENCE_ANCHOR, "anchor" },
		{ TSPDM_SOFT_NO_CERTIFICATES, TSPDM_ERR_COLLATERAL, "chain" },
		{ TSPDM_SOFT_DEBUG, TSPDM_ERR_POLICY, "policy.debug" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tspdm_dcap_input in = input();

		expect_with(&in, rows[i].defect, rows[i].status, rows[i].check);
	}
}

static void without_collateral_only_a_verdict_by_choice_is_given(void **state)
{
	struct tspdm_dcap_input in = input();

	(void)state;
	in.collateral = (struct tspdm_dcap_collateral){ 0 };
	in.require_crl = false;
	expect_with(&in, 0, TSPDM_ERR_COLLATERAL, "tcb.status");
	in.without_collateral = true;
	expect_with(&in, 0, TSPDM_OK, NULL);
	assert_int_equal(tspdm_checks_find(&finding->base.checks, "tcb.status")->result, TSPDM_CHECK_SKIPPED);
}

static void a_revoked_certificate_is_refused(void **state)
{
	(void)state;
	set_pck_crl(world.platform_key, 0x1000, NOW - DAY); /* the PCK's serial number, for seed 0 */
	expect(TSPDM_ERR_REVOKED, "revocation");
	set_pck_crl(world.platform_key, 0x1000, NOW - 90LL * DAY); /* also by an old list */
	expect(TSPDM_ERR_REVOKED, "revocation");
	set_pck_crl(world.platform_key, 0x1001, NOW - DAY);
	expect(TSPDM_OK, "revocation");
	set_root_crl(2, NOW - DAY); /* the Platform CA's */
	expect(TSPDM_ERR_REVOKED, "revocation");
	set_root_crl(77, NOW - DAY); /* the TCB signing certificate's */
	expect(TSPDM_ERR_REVOKED, "revocation");
}

static void a_crl_that_is_stale_or_forged_is_refused(void **state)
{
	struct tspdm_dcap_input in;

	(void)state;
	set_root_crl(0, NOW - 31LL * DAY);
	expect(TSPDM_ERR_COLLATERAL, "revocation");
	in = input();
	in.grace_s = 2 * DAY;
	expect_with(&in, 0, TSPDM_OK, "revocation");
	set_root_crl(0, NOW + DAY);
	expect(TSPDM_ERR_COLLATERAL, "revocation");
	set_root_crl(0, NOW - DAY);
	set_pck_crl(world.signer_key, 0, NOW - DAY); /* the name alone is right */
	expect(TSPDM_ERR_COLLATERAL, "revocation");
}

static void statuses_decide(void **state)
{
	static const char *const refused[] = { "SWHardeningNeeded", "ConfigurationNeeded",
		"ConfigurationAndSWHardeningNeeded", "OutOfDate", "OutOfDateConfigurationNeeded", "Revoked" };

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		enum tspdm_tcb_status status = tspdm_tcb_status_of_name(refused[i]);
		struct tspdm_dcap_input in = input();

		set_status(refused[i], "UpToDate");
		expect(TSPDM_ERR_TCB_STATUS, "tcb.status");
		assert_int_equal(finding->tcb.status, status);
		in = input();
		in.accept_tcb = TSPDM_TCB_BIT(status);
		expect_with(&in, 0, status == TSPDM_TCB_REVOKED ? TSPDM_ERR_TCB_STATUS : TSPDM_OK, "tcb.status");
	}
	set_status("UpToDate", "OutOfDate");
	expect(TSPDM_ERR_TCB_STATUS, "tcb.status");
	assert_int_equal(finding->tcb.qe, TSPDM_TCB_OUT_OF_DATE);
}

static void collateral_under_another_root_or_signer_is_refused(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *root = certify("Intel SGX Root CA", key, NULL, true);
	struct tspdm_soft_authority authority = { key, root };
	struct tspdm_soft_authority genuine = { world.root_key, world.root };
	X509 *foreign = certify("Intel SGX TCB Signing", world.signer_key, &authority, false);
	X509 *misnamed = certify("Intel SGX PCK Certificate", world.signer_key, &genuine, false);
	X509 *of_other_key = certify("Intel SGX TCB Signing", key, &genuine, false);

	(void)state;
	write_chain(foreign);
	expect(TSPDM_ERR_COLLATERAL, "collateral.signature");
	write_chain(misnamed); /* any PCK could sign collateral otherwise */
	expect(TSPDM_ERR_COLLATERAL, "collateral.signature");
	write_chain(of_other_key);
	expect(TSPDM_ERR_COLLATERAL, "collateral.signature");
	X509_free(foreign);
	X509_free(misnamed);
	X509_free(of_other_key);
	X509_free(root);
	EVP_PKEY_free(key);
}

static void what_was_found_good_is_not_verified_again(void **state)
{
	struct tspdm_dcap_input in = input();
	struct tspdm_signature_cache_figures before, after;

	(void)state;
	assert_int_equal(verify_with(&in, 0), TSPDM_OK);
	before = tspdm_signature_cache_figures(world.signatures);
	assert_int_equal(verify_with(&in, 0), TSPDM_OK);
	after = tspdm_signature_cache_figures(world.signatures);
	/* twice by memory each: the PCK's path, TCB info and QE identity with their signers, two CRLs */
	assert_int_equal(after.hits - before.hits + after.misses - before.misses, 2 * 7);
	assert_true(after.hits - before.hits >= 7 + 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_stand_in_is_accepted_where_it_is_allowed_and_called_so, make_good),
		cmocka_unit_test_setup(each_defect_is_refused_for_its_own_reason, make_good),
		cmocka_unit_test_setup(without_collateral_only_a_verdict_by_choice_is_given, make_good),
		cmocka_unit_test_setup(a_revoked_certificate_is_refused, make_good),
		cmocka_unit_test_setup(a_crl_that_is_stale_or_forged_is_refused, make_good),
		cmocka_unit_test_setup(statuses_decide, make_good),
		cmocka_unit_test_setup(collateral_under_another_root_or_signer_is_refused, make_good),
		cmocka_unit_test_setup(what_was_found_good_is_not_verified_again, make_good),
	};

	return cmocka_run_group_tests_name("dcap collateral", tests, open_world, close_world);
}
