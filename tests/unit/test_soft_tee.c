/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The software TEE's SEV-SNP reports, taken apart by the offsets of AMD 56860 and verified with OpenSSL alone; and its
 * behaviour as a source of evidence. */
#include "soft_tee_help.h"

enum { R_AT = 0x2A0, S_AT = R_AT + 72 };

struct product {
	enum tspdm_snp_product product;
	const char *name;
	uint8_t family;
	size_t hwid_len;
	/* Where in TCB_VERSION each component is; extension .3.<n> */
	struct {
		const char *oid;
		unsigned byte;
	} spl[5];
};

static const struct product products[] = {
	{ TSPDM_SNP_MILAN, "Milan", 0x19, 64,
		{ { "1.3.6.1.4.1.3704.1.3.1", 0 }, { "1.3.6.1.4.1.3704.1.3.2", 1 }, { "1.3.6.1.4.1.3704.1.3.3", 6 },
			{ "1.3.6.1.4.1.3704.1.3.8", 7 } } },
	{ TSPDM_SNP_GENOA, "Genoa", 0x19, 64,
		{ { "1.3.6.1.4.1.3704.1.3.1", 0 }, { "1.3.6.1.4.1.3704.1.3.2", 1 }, { "1.3.6.1.4.1.3704.1.3.3", 6 },
			{ "1.3.6.1.4.1.3704.1.3.8", 7 } } },
	{ TSPDM_SNP_TURIN, "Turin", 0x1A, 8,
		{ { "1.3.6.1.4.1.3704.1.3.1", 1 }, { "1.3.6.1.4.1.3704.1.3.2", 2 }, { "1.3.6.1.4.1.3704.1.3.3", 3 },
			{ "1.3.6.1.4.1.3704.1.3.8", 7 }, { "1.3.6.1.4.1.3704.1.3.9", 0 } } },
};

/* ---- The certificate table, read here anew ---- */

static const uint8_t guid_vcek[] = "\x63\xda\x75\x8d\xe6\x64\x45\x64\xad\xc5\xf4\xb9\x3b\xe8\xac\xcd";
static const uint8_t guid_vlek[] = "\xa8\x07\x4b\xc2\xa2\x5a\x48\x3e\xaa\xe6\x39\xc0\x45\xa0\xb8\xa1";
static const uint8_t guid_ask[] = "\x4a\xb7\xb3\x79\xbb\xac\x4f\xe4\xa0\x2f\x05\xae\xf3\x27\xc7\x82";
static const uint8_t guid_ark[] = "\xc0\xb4\x06\xa4\xa8\x03\x49\x52\x97\x43\x3f\xb6\x01\x4c\xd0\xae";
static const uint8_t guid_crl[] = "\x92\xf8\x1b\xc3\x58\x11\x4d\x3d\x97\xff\xd1\x9f\x88\xdc\x67\xea";

static struct tspdm_view entry(struct tspdm_view table, const uint8_t *guid)
{
	for (size_t at = 0;; at += 24) {
		uint32_t offset, len;

		assert_true(at + 24 <= table.len);
		if (all_bytes(table.ptr + at, 24, 0))
			return (struct tspdm_view){ NULL, 0 };
		offset = read_le(table.ptr + at + 16, 4);
		len = read_le(table.ptr + at + 20, 4);
		assert_true(offset <= table.len && len <= table.len - offset);
		if (memcmp(table.ptr + at, guid, 16) == 0)
			return (struct tspdm_view){ table.ptr + offset, len };
	}
}

/* ---- One report under examination ---- */

struct exam {
	const struct tspdm_soft_tee_config *config;
	const struct product *product;
	const uint8_t *report;
	struct tspdm_view table;
	X509 *ark, *ask, *ek;
	unsigned faults;
};

static bool signature_verifies(const struct exam *e)
{
	uint8_t r[48], s[48];

	for (size_t i = 0; i < 48; i++) {
		r[i] = e->report[R_AT + 47 - i];
		s[i] = e->report[S_AT + 47 - i];
	}
	assert_true(all_bytes(e->report + R_AT + 48, 24, 0) && all_bytes(e->report + S_AT + 48, 24, 0));
	assert_true(all_bytes(e->report + R_AT + 144, 368, 0));
	return ecdsa_verifies(X509_get0_pubkey(e->ek), EVP_sha384(), e->report, 672, r, s, 48);
}

static void examine_fixed_fields(const struct exam *e)
{
	const uint8_t *p = e->report;
	uint32_t version = read_le(p, 4);

	assert_int_equal(version, e->config->report_version);
	assert_int_equal(read_le(p + 0x08, 4) & 0xFFF20000U, 0x20000U); /* POLICY, but for what defects set */
	assert_int_equal(read_le(p + 0x0C, 4), 0);
	assert_int_equal(read_le(p + 0x30, 4), 0);
	assert_int_equal(read_le(p + 0x34, 4), 1);
	assert_true(all_bytes(p + 0x4C, 4, 0));
	assert_true(all_bytes(p + 0xC0, 32, 0x77)); /* HOST_DATA */
	assert_true(all_bytes(p + 0xE0, 96, 0));
	assert_false(all_bytes(p + 0x140, 32, 0));
	assert_true(all_bytes(p + 0x160, 32, 0xFF));
	assert_int_equal(p[0x188], version >= 3 ? e->product->family : 0);
	assert_true(all_bytes(p + (version >= 3 ? 0x18B : 0x188), version >= 3 ? 21 : 24, 0));
	assert_false(all_bytes(p + 0x1A0, 8, 0));
	assert_true(all_bytes(p + 0x1A0 + e->product->hwid_len, 64 - e->product->hwid_len, 0));
	assert_true(p[0x1EB] == 0 && p[0x1EF] == 0);
	assert_memory_equal(p + 0x1E8, p + 0x1EC, 3);
	assert_memory_equal(p + 0x38, p + 0x180, 8); /* REPORTED_TCB, and the others */
	assert_memory_equal(p + 0x38, p + 0x1E0, 8);
	assert_memory_equal(p + 0x38, p + 0x1F0, 8);
	assert_int_equal(all_bytes(p + 0x1F8, 16, 0), version < 5);
	assert_true(all_bytes(p + 0x208, 152, 0));
}

static void examine_report(struct exam *e)
{
	const uint8_t *p = e->report;

	examine_fixed_fields(e);
	if (read_le(p + 8, 4) & 1U << 19)
		e->faults |= FAULT_DEBUG;
	if (read_le(p + 8, 4) & 1U << 18)
		e->faults |= FAULT_MIGRATION;
	if (!all_bytes(p + 0x50, 64, 0x5A))
		e->faults |= FAULT_REPORT_DATA;
	if (!all_bytes(p + 0x90, 48, 0x3C))
		e->faults |= FAULT_MEASUREMENT;
	if (read_le(p + 0x48, 4) >> 2 == 7) {
		assert_true(all_bytes(p + R_AT, 512, 0));
		e->faults |= FAULT_UNSIGNED;
	}
}

/* DER INTEGER of 0 to 255. */
static unsigned integer(struct tspdm_view der)
{
	assert_true(der.len == 3 || der.len == 4);
	assert_int_equal(der.ptr[0], 2);
	assert_int_equal(der.ptr[1], der.len - 2);
	if (der.len == 4)
		assert_true(der.ptr[2] == 0 && der.ptr[3] > 127);
	else
		assert_true(der.ptr[2] < 128);
	return der.ptr[der.len - 1];
}

static void examine_extensions(struct exam *e, bool is_vlek)
{
	bool is_turin = e->product->product == TSPDM_SNP_TURIN;
	struct tspdm_view hwid = extension(e->ek, "1.3.6.1.4.1.3704.1.4");
	struct tspdm_view name = extension(e->ek, "1.3.6.1.4.1.3704.1.2");

	assert_int_equal(integer(extension(e->ek, "1.3.6.1.4.1.3704.1.1")), is_turin);
	assert_true(name.len >= 7 && name.ptr[0] == 0x16 && name.ptr[1] == name.len - 2);
	assert_memory_equal(name.ptr + 2, e->product->name, 5);
	for (size_t i = 0; i < 5 && e->product->spl[i].oid != NULL; i++)
		if (integer(extension(e->ek, e->product->spl[i].oid)) != e->report[0x180 + e->product->spl[i].byte])
			e->faults |= FAULT_TCB;
	assert_int_equal(extension(e->ek, "1.3.6.1.4.1.3704.1.3.4").len, is_turin ? 0 : 3);
	assert_int_equal(extension(e->ek, "1.3.6.1.4.1.3704.1.3.9").len, is_turin ? 3 : 0);
	assert_int_equal(hwid.len, is_vlek ? 0 : e->product->hwid_len);
	assert_int_equal(extension(e->ek, "1.3.6.1.4.1.3704.1.5").len != 0, is_vlek);
	if (!is_vlek && memcmp(hwid.ptr, e->report + 0x1A0, hwid.len) != 0)
		e->faults |= FAULT_HWID;
}

static void examine_names(struct exam *e, bool is_vlek)
{
	char name[32];

	snprintf(name, sizeof name, "ARK-%s", e->product->name);
	assert_name(X509_get_subject_name(e->ark), name);
	assert_name(X509_get_issuer_name(e->ask), name);
	snprintf(name, sizeof name, "SEV-%s%s", is_vlek ? "VLEK-" : "", e->product->name);
	assert_name(X509_get_subject_name(e->ask), name);
	assert_name(X509_get_issuer_name(e->ek), name);
	assert_name(X509_get_subject_name(e->ek), is_vlek ? "SEV-VLEK" : "SEV-VCEK");
	assert_int_equal(ASN1_INTEGER_get(X509_get0_serialNumber(e->ek)), is_vlek ? 1 : 0);
}

static void assert_pss(X509 *certificate)
{
	int hash, key, bits;

	assert_int_equal(X509_get_signature_nid(certificate), NID_rsassaPss);
	assert_int_equal(X509_get_signature_info(certificate, &hash, &key, &bits, NULL), 1);
	assert_int_equal(hash, NID_sha384);
}

static void examine_chain(struct exam *e)
{
	uint8_t found[32], known[32];
	int error = verify_chain(e->ark, e->ask, e->ek, NULL);
	struct tspdm_view crl_der = entry(e->table, guid_crl);

	if (error == X509_V_ERR_CERT_HAS_EXPIRED)
		e->faults |= FAULT_EXPIRED;
	else if (error != X509_V_OK)
		e->faults |= FAULT_CHAIN;
	spki_digest(e->ark, found);
	assert_int_equal(tspdm_soft_tee_root(e->product->product, known), TSPDM_OK);
	if (memcmp(found, known, sizeof known) != 0)
		e->faults |= FAULT_ROOT;
	if (crl_der.len != 0) {
		X509_CRL *crl = d2i_X509_CRL(NULL, &crl_der.ptr, (long)crl_der.len);

		assert_non_null(crl);
		assert_int_equal(verify_chain(e->ark, e->ask, e->ek, crl), X509_V_ERR_CERT_REVOKED);
		e->faults |= FAULT_REVOKED;
		X509_CRL_free(crl);
	}
	assert_int_equal(EVP_PKEY_get_bits(X509_get0_pubkey(e->ark)), 4096);
	assert_int_equal(EVP_PKEY_get_bits(X509_get0_pubkey(e->ask)), 4096);
	assert_int_equal(EVP_PKEY_get_bits(X509_get0_pubkey(e->ek)), 384);
	assert_pss(e->ark);
	assert_pss(e->ask);
	assert_pss(e->ek);
}

static void examine_certificates(struct exam *e)
{
	struct tspdm_view vcek = entry(e->table, guid_vcek), vlek = entry(e->table, guid_vlek);
	bool is_vlek = e->config->use_vlek;
	uint32_t signing_key = read_le(e->report + 0x48, 4) >> 2;

	assert_true((vcek.len == 0) != (vlek.len == 0));
	e->ek = parse(vcek.len != 0 ? vcek : vlek);
	e->ask = parse(entry(e->table, guid_ask));
	e->ark = parse(entry(e->table, guid_ark));
	examine_names(e, is_vlek);
	examine_extensions(e, is_vlek);
	examine_chain(e);
	if (signing_key != 7 && signing_key != (is_vlek ? 1 : 0))
		e->faults |= FAULT_KEY_KIND;
	if (!(e->faults & FAULT_UNSIGNED) && !signature_verifies(e))
		e->faults |= FAULT_SIGNATURE;
	X509_free(e->ek);
	X509_free(e->ask);
	X509_free(e->ark);
}

static const struct product *find_product(enum tspdm_snp_product product)
{
	for (size_t i = 0; i < 3; i++)
		if (products[i].product == product)
			return &products[i];
	fail();
	return NULL;
}

static unsigned examine(const struct tspdm_soft_tee_config *config)
{
	struct tspdm_evidence_source *source = make_source(config);
	struct tspdm_evidence_job *job = begin(source, 0x5A);
	struct tspdm_evidence evidence = finish(source, job);
	struct exam e = { .config = config,
		.product = find_product(config->product),
		.report = evidence.report.ptr,
		.table = evidence.certificates };

	assert_int_equal(evidence.report.len, 1184);
	examine_report(&e);
	if (evidence.certificates.len == 24 && all_bytes(evidence.certificates.ptr, 24, 0))
		e.faults |= FAULT_NO_CERTIFICATES;
	else
		examine_certificates(&e);
	source->ops->end(source, job);
	tspdm_soft_tee_free(source);
	return e.faults;
}

static struct tspdm_soft_tee_config snp(uint32_t version, enum tspdm_snp_product product, bool use_vlek)
{
	struct tspdm_soft_tee_config config = honest();

	config.kind = TSPDM_TEE_SEV_SNP;
	config.report_version = version;
	config.product = product;
	config.use_vlek = use_vlek;
	memset(config.measurement, 0x3C, sizeof config.measurement);
	memset(config.host_data, 0x77, sizeof config.host_data);
	return config;
}

static void every_version_product_and_signer_makes_a_sound_report(void **state)
{
	static const uint32_t versions[] = { 2, 3, 5 };

	(void)state;
	for (size_t v = 0; v < 3; v++)
		for (size_t p = 0; p < 3; p++)
			for (int use_vlek = 0; use_vlek < 2; use_vlek++) {
				struct tspdm_soft_tee_config config = snp(versions[v], products[p].product, use_vlek);

				assert_int_equal(examine(&config), 0);
			}
}

static const struct defect {
	enum tspdm_soft_defect defect;
	unsigned faults;
} defects[] = {
	{ TSPDM_SOFT_FLIP_SIGNATURE, FAULT_SIGNATURE },
	{ TSPDM_SOFT_FLIP_REPORT, FAULT_SIGNATURE | FAULT_MEASUREMENT },
	{ TSPDM_SOFT_DEBUG, FAULT_DEBUG },
	{ TSPDM_SOFT_WRONG_REPORT_DATA, FAULT_REPORT_DATA },
	{ TSPDM_SOFT_WRONG_HWID, FAULT_HWID },
	{ TSPDM_SOFT_WRONG_TCB, FAULT_TCB },
	{ TSPDM_SOFT_EXPIRED, FAULT_EXPIRED },
	{ TSPDM_SOFT_FOREIGN_ROOT, FAULT_ROOT },
	{ TSPDM_SOFT_UNSIGNED, FAULT_UNSIGNED },
	{ TSPDM_SOFT_NO_CERTIFICATES, FAULT_NO_CERTIFICATES },
	{ TSPDM_SOFT_MIGRATION, FAULT_MIGRATION },
	{ TSPDM_SOFT_REVOKED, FAULT_REVOKED },
	{ TSPDM_SOFT_WRONG_KEY_KIND, FAULT_KEY_KIND },
};

static void each_defect_makes_its_own_fault_and_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof defects / sizeof defects[0]; i++) {
		struct tspdm_soft_tee_config config = snp(3, TSPDM_SNP_MILAN, false);

		config.defects = defects[i].defect;
		if (examine(&config) != defects[i].faults)
			fail_msg("defect %#x: faults %#x", config.defects, examine(&config));
	}
}

static void defects_of_a_turin_are_seen_too(void **state)
{
	static const size_t rows[] = { 0, 4, 5, 6 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct tspdm_soft_tee_config config = snp(5, TSPDM_SNP_TURIN, false);

		config.defects = defects[rows[i]].defect;
		assert_int_equal(examine(&config), defects[rows[i]].faults);
	}
}

static void defects_add_up(void **state)
{
	struct tspdm_soft_tee_config config = snp(3, TSPDM_SNP_GENOA, true);

	(void)state;
	config.defects = TSPDM_SOFT_DEBUG | TSPDM_SOFT_WRONG_TCB | TSPDM_SOFT_REVOKED | TSPDM_SOFT_EXPIRED;
	assert_int_equal(examine(&config), FAULT_DEBUG | FAULT_TCB | FAULT_REVOKED | FAULT_EXPIRED);
}

static void no_configuration_at_all_is_a_milan_version_3(void **state)
{
	struct tspdm_soft_tee_config config = { .size = sizeof config };
	struct tspdm_evidence_source *source = make_source(&config);
	struct tspdm_evidence_job *job = begin(source, 1);
	struct tspdm_evidence evidence = finish(source, job);

	(void)state;
	assert_int_equal(read_le(evidence.report.ptr, 4), 3);
	assert_int_equal(evidence.report.ptr[0x188], 0x19);
	assert_int_equal(evidence.report.ptr[0x189], 0x01);
	assert_false(all_bytes(evidence.report.ptr + 0x90, 48, 0));
	source->ops->end(source, job);
	tspdm_soft_tee_free(source);
}

/* CHIP_ID of a source with a seed. */
static void chip_of(uint32_t seed, uint8_t *chip_id)
{
	struct tspdm_soft_tee_config config = snp(3, TSPDM_SNP_MILAN, false);
	struct tspdm_evidence_source *source;
	struct tspdm_evidence_job *job;

	config.seed = seed;
	source = make_source(&config);
	job = begin(source, 1);
	memcpy(chip_id, finish(source, job).report.ptr + 0x1A0, 64);
	source->ops->end(source, job);
	tspdm_soft_tee_free(source);
}

static void equal_seeds_are_the_same_chip_and_others_are_not(void **state)
{
	uint8_t a[64], b[64], c[64];

	(void)state;
	chip_of(7, a);
	chip_of(7, b);
	chip_of(8, c);
	assert_memory_equal(a, b, sizeof a);
	assert_memory_not_equal(a, c, sizeof a);
}

/* ---- As a source ---- */

static void evidence_takes_the_time_it_was_told_to(void **state)
{
	struct tspdm_soft_tee_config config = honest();
	struct tspdm_evidence_source *source;
	struct tspdm_evidence_job *job;
	struct tspdm_evidence evidence;
	uint32_t retry_us;

	(void)state;
	config.delay_us = 1000;
	source = make_source(&config);
	clock_us = 50;
	job = begin(source, 0x5A);
	assert_int_equal(source->ops->poll(source, job, &evidence, &retry_us), TSPDM_AGAIN);
	assert_int_equal(retry_us, 1000);
	assert_null(evidence.report.ptr);
	clock_us = 1049;
	assert_int_equal(source->ops->poll(source, job, &evidence, &retry_us), TSPDM_AGAIN);
	assert_int_equal(retry_us, 1);
	clock_us = 1050;
	evidence = finish(source, job);
	assert_true(all_bytes(evidence.report.ptr + 0x50, 64, 0x5A));
	assert_ptr_equal(finish(source, job).report.ptr, evidence.report.ptr); /* it stays until end() */
	source->ops->end(source, job);
	tspdm_soft_tee_free(source);
}

static void requests_are_served_one_after_the_other(void **state)
{
	struct tspdm_soft_tee_config config = honest();
	struct tspdm_evidence_source *source;
	struct tspdm_evidence_job *a, *b;
	struct tspdm_evidence evidence;
	uint32_t retry_us;

	(void)state;
	config.delay_us = 100;
	source = make_source(&config);
	clock_us = 0;
	a = begin(source, 0xA0);
	clock_us = 10;
	b = begin(source, 0xB0);
	assert_int_equal(source->ops->poll(source, b, &evidence, &retry_us), TSPDM_AGAIN);
	assert_int_equal(retry_us, 190);
	clock_us = 150;
	assert_int_equal(source->ops->poll(source, b, &evidence, &retry_us), TSPDM_AGAIN);
	assert_int_equal(retry_us, 50);
	assert_true(all_bytes(finish(source, a).report.ptr + 0x50, 64, 0xA0));
	clock_us = 200;
	assert_true(all_bytes(finish(source, b).report.ptr + 0x50, 64, 0xB0));
	source->ops->end(source, a);
	source->ops->end(source, b);
	tspdm_soft_tee_free(source);
}

static void a_request_that_was_given_up_delays_only_if_it_had_started(void **state)
{
	struct tspdm_soft_tee_config config = honest();
	struct tspdm_evidence_source *source;
	struct tspdm_evidence_job *a, *b, *c;
	struct tspdm_evidence evidence;
	uint32_t retry_us;

	(void)state;
	config.delay_us = 100;
	source = make_source(&config);
	clock_us = 0;
	a = begin(source, 1);
	b = begin(source, 2);
	c = begin(source, 3);
	source->ops->end(source, a);
	source->ops->end(source, b);
	assert_int_equal(source->ops->poll(source, c, &evidence, &retry_us), TSPDM_AGAIN);
	assert_int_equal(retry_us, 200);
	clock_us = 200;
	assert_true(all_bytes(finish(source, c).report.ptr + 0x50, 64, 3));
	source->ops->end(source, c);
	source->ops->end(source, NULL);
	tspdm_soft_tee_free(source);
}

static void a_source_is_freed_with_its_requests(void **state)
{
	struct tspdm_soft_tee_config config = honest();
	struct tspdm_evidence_source *source = make_source(&config);

	(void)state;
	(void)finish(source, begin(source, 1));
	(void)begin(source, 2);
	tspdm_soft_tee_free(source);
	tspdm_soft_tee_free(NULL);
}

static void evidence_is_new_each_time(void **state)
{
	struct tspdm_soft_tee_config config = honest();
	struct tspdm_evidence_source *source = make_source(&config);
	struct tspdm_evidence_job *a = begin(source, 1), *b = begin(source, 2);

	(void)state;
	assert_true(all_bytes(finish(source, b).report.ptr + 0x50, 64, 2));
	assert_true(all_bytes(finish(source, a).report.ptr + 0x50, 64, 1));
	source->ops->end(source, a);
	source->ops->end(source, b);
	tspdm_soft_tee_free(source);
}

static void replay_shows_the_first_evidence_to_everybody(void **state)
{
	struct tspdm_soft_tee_config config = honest();
	struct tspdm_evidence_source *source;
	struct tspdm_evidence_job *job;
	uint8_t first[1184];

	(void)state;
	config.defects = TSPDM_SOFT_REPLAY;
	source = make_source(&config);
	job = begin(source, 1);
	memcpy(first, finish(source, job).report.ptr, sizeof first);
	assert_true(all_bytes(first + 0x50, 64, 1));
	source->ops->end(source, job);
	job = begin(source, 2);
	assert_memory_equal(finish(source, job).report.ptr, first, sizeof first);
	source->ops->end(source, job);
	tspdm_soft_tee_free(source);
}

/* ---- Refusals ---- */

static const struct refusal {
	const char *name;
	struct tspdm_soft_tee_config config;
	enum tspdm_status status;
} refusals[] = {
	{ "no size", { .size = 0 }, TSPDM_ERR_ARGUMENT },
	{ "short", { .size = sizeof(struct tspdm_soft_tee_config) - 1 }, TSPDM_ERR_ARGUMENT },
	{ "SGX quote version 4", { .kind = TSPDM_TEE_SGX, .report_version = 4 }, TSPDM_ERR_UNSUPPORTED },
	{ "unknown kind", { .kind = (enum tspdm_tee)9 }, TSPDM_ERR_UNSUPPORTED },
	{ "report version 1", { .report_version = 1 }, TSPDM_ERR_UNSUPPORTED },
	{ "report version 4", { .report_version = 4 }, TSPDM_ERR_UNSUPPORTED },
	{ "report version 6", { .report_version = 6 }, TSPDM_ERR_UNSUPPORTED },
	{ "unknown product", { .product = (enum tspdm_snp_product)4 }, TSPDM_ERR_UNSUPPORTED },
	{ "unknown defect", { .defects = 1 << 14 }, TSPDM_ERR_UNSUPPORTED },
	{ "reserved", { .reserved = { 0, 0, 1 } }, TSPDM_ERR_UNSUPPORTED },
	{ "a VLEK's HWID", { .use_vlek = true, .defects = TSPDM_SOFT_WRONG_HWID }, TSPDM_ERR_UNSUPPORTED },
	{ "a VLEK's kind", { .use_vlek = true, .defects = TSPDM_SOFT_WRONG_KEY_KIND }, TSPDM_ERR_UNSUPPORTED },
	{ "quote version 3", { .kind = TSPDM_TEE_TDX, .report_version = 3 }, TSPDM_ERR_UNSUPPORTED },
	{ "TDX with a VLEK", { .kind = TSPDM_TEE_TDX, .use_vlek = true }, TSPDM_ERR_UNSUPPORTED },
	{ "TDX unsigned", { .kind = TSPDM_TEE_TDX, .defects = TSPDM_SOFT_UNSIGNED }, TSPDM_ERR_UNSUPPORTED },
	{ "TDX with a VCEK's kind", { .kind = TSPDM_TEE_TDX, .defects = TSPDM_SOFT_WRONG_KEY_KIND },
		TSPDM_ERR_UNSUPPORTED },
};

static void what_cannot_be_played_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		struct tspdm_soft_tee_config config = refusals[i].config;
		struct tspdm_evidence_source *source = (struct tspdm_evidence_source *)&config;

		if (refusals[i].status == TSPDM_ERR_UNSUPPORTED)
			config.size = sizeof config;
		if (tspdm_soft_tee_new(&config, &source) != refusals[i].status)
			fail_msg("%s", refusals[i].name);
		assert_null(source);
	}
}

static void a_newer_callers_unknown_field_is_refused_unless_zero(void **state)
{
	struct {
		struct tspdm_soft_tee_config config;
		uint64_t later;
	} newer = { .config = honest(), .later = 1 };
	struct tspdm_evidence_source *source;

	(void)state;
	newer.config.size = sizeof newer;
	assert_int_equal(tspdm_soft_tee_new(&newer.config, &source), TSPDM_ERR_UNSUPPORTED);
	newer.later = 0;
	assert_int_equal(tspdm_soft_tee_new(&newer.config, &source), TSPDM_OK);
	tspdm_soft_tee_free(source);
}

static void null_arguments_are_refused(void **state)
{
	struct tspdm_soft_tee_config config = honest();
	struct tspdm_evidence_source *source;
	uint8_t out[32];

	(void)state;
	assert_int_equal(tspdm_soft_tee_new(NULL, &source), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_soft_tee_new(&config, NULL), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_soft_tee_root(TSPDM_SNP_UNKNOWN, out), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_soft_tee_root(TSPDM_SNP_MILAN, NULL), TSPDM_ERR_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version_product_and_signer_makes_a_sound_report),
		cmocka_unit_test(each_defect_makes_its_own_fault_and_no_other),
		cmocka_unit_test(defects_of_a_turin_are_seen_too),
		cmocka_unit_test(defects_add_up),
		cmocka_unit_test(no_configuration_at_all_is_a_milan_version_3),
		cmocka_unit_test(equal_seeds_are_the_same_chip_and_others_are_not),
		cmocka_unit_test(evidence_takes_the_time_it_was_told_to),
		cmocka_unit_test(requests_are_served_one_after_the_other),
		cmocka_unit_test(a_request_that_was_given_up_delays_only_if_it_had_started),
		cmocka_unit_test(a_source_is_freed_with_its_requests),
		cmocka_unit_test(evidence_is_new_each_time),
		cmocka_unit_test(replay_shows_the_first_evidence_to_everybody),
		cmocka_unit_test(what_cannot_be_played_is_refused),
		cmocka_unit_test(a_newer_callers_unknown_field_is_refused_unless_zero),
		cmocka_unit_test(null_arguments_are_refused),
	};

	return cmocka_run_group_tests_name("soft_tee", tests, NULL, NULL);
}
