/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Verification of an SEV-SNP report. Every check is run as far as it can be, every check writes itself down, and the
 * verdict is good only if each that is needed did run and pass: none is assumed. */
#include <string.h>

#include "../findings/complete.h"
#include "internal.h"

struct job {
	const struct tspdm_snp_input *input;
	struct tspdm_snp_finding *finding;
	struct tspdm_checks *checks; /* the finding's */
	struct snp_pool pool;
	struct snp_anchors anchors;
	struct snp_chain chain;
	struct snp_extensions extensions;
	bool has_extensions;
	unsigned passed; /* set of SNP_RAN_* */
};

static void note(struct job *job, const char *name, enum tspdm_status status, unsigned bit, const char *detail)
{
	tspdm_checks_add(job->checks, name, status, "%s", detail);
	if (status == TSPDM_OK)
		job->passed |= bit;
}

static enum tspdm_status check_input(const struct tspdm_snp_input *input)
{
	const uint8_t *bytes = (const uint8_t *)input;

	if (input->size < sizeof *input)
		return TSPDM_ERR_ARGUMENT;
	for (size_t i = sizeof *input; i < input->size; i++) /* a field of a later version: not to be ignored */
		if (bytes[i] != 0)
			return TSPDM_ERR_UNSUPPORTED;
	if (!tspdm_snp_is_zero((struct tspdm_view){ input->reserved, sizeof input->reserved }))
		return TSPDM_ERR_UNSUPPORTED;
	return input->time > 0 ? TSPDM_OK : TSPDM_ERR_ARGUMENT;
}

static bool parse(struct job *job)
{
	struct tspdm_view report = job->input->evidence.report;
	enum tspdm_status status = TSPDM_ERR_EVIDENCE_FORM;

	if (job->input->evidence.tee == TSPDM_TEE_SEV_SNP)
		status = tspdm_snp_read_report(report, &job->finding->report);
	if (status != TSPDM_OK) {
		tspdm_checks_add(job->checks, "parse", status,
			"an SEV-SNP report has %d bytes and version 2 or later; this is %zu bytes of %s",
			TSPDM_SNP_REPORT_LEN, report.len, tspdm_tee_name(job->input->evidence.tee));
		return false;
	}
	tspdm_checks_add(job->checks, "parse", TSPDM_OK, "report version %u", job->finding->report.version);
	job->passed |= SNP_RAN_PARSE;
	return true;
}

/* The caller's come first: what the host adds cannot crowd them out. */
static bool collect(struct job *job)
{
	const struct tspdm_snp_input *input = job->input;

	tspdm_snp_pool_add(&job->anchors.roots, input->roots);
	job->anchors.use_builtin = !input->no_builtin_roots;
	job->anchors.allow_standin = input->allow_standin;
	for (size_t i = 0; i < input->certificate_count; i++)
		tspdm_snp_pool_add(&job->pool, input->certificates[i]);
	tspdm_snp_pool_add_table(&job->pool, input->evidence.certificates);
	if (job->pool.unreadable != 0 || job->pool.lost != 0)
		tspdm_checks_skip(job->checks, "certificates",
			"left out: %u pieces that are no certificate or CRL, %u too many", job->pool.unreadable,
			job->pool.lost);
	if (job->anchors.roots.count != 0 || input->roots.len == 0)
		return true;
	tspdm_checks_add(
		job->checks, "anchor", TSPDM_ERR_ARGUMENT, "there is no certificate in what was given as roots");
	return false;
}

static bool is_unsigned(const struct tspdm_snp_report *report)
{
	struct tspdm_view r = { report->signature_r, sizeof report->signature_r };
	struct tspdm_view s = { report->signature_s, sizeof report->signature_s };

	return report->signing_key == TSPDM_SNP_UNSIGNED ||
	       (report->mask_chip_key && tspdm_snp_is_zero(r) && tspdm_snp_is_zero(s));
}

static void note_unsigned(struct job *job)
{
	note(job, "key.kind", TSPDM_ERR_EVIDENCE_UNSIGNED, 0,
		"the report is not signed (SIGNING_KEY none, or the chip's key is masked by the host): it proves "
		"nothing");
}

/* "Milan-B0" is also said of other steppings, and Genoa has no suffix: only the product counts. */
static bool is_of_product(const char *extension, enum tspdm_snp_product product)
{
	const char *name = tspdm_snp_product_name(product);
	size_t len = strlen(name);

	return strncmp(extension, name, len) == 0 && (extension[len] == '\0' || extension[len] == '-');
}

/* Which extensions belong to which key, AMD 57230 and 58369. NULL if they are as they should be. */
static const char *extensions_fault(const struct snp_extensions *x, const struct snp_chain *chain)
{
	bool is_turin = chain->product == TSPDM_SNP_TURIN;

	if (!x->has_version || !x->has_product || !x->has_spl[SNP_SPL_BOOTLOADER] || !x->has_spl[SNP_SPL_TEE] ||
		!x->has_spl[SNP_SPL_SNP] || !x->has_spl[SNP_SPL_MICROCODE])
		return "the certificate lacks one of AMD's extensions: version, product, SPLs";
	if (x->has_spl[SNP_SPL_FMC] != is_turin)
		return "the certificate has an FMC level, or has none, against its product";
	if (!is_of_product(x->product, chain->product))
		return "the certificate's product name is not that of its chain";
	if (chain->is_vlek && (x->has_hwid || !x->has_csp_id))
		return "a VLEK certificate has to have a CSP_ID and no HWID";
	if (!chain->is_vlek && (!x->has_hwid || x->has_csp_id))
		return "a VCEK certificate has to have a HWID and no CSP_ID";
	return NULL;
}

static void check_key_kind(struct job *job)
{
	const struct tspdm_snp_report *report = &job->finding->report;
	const struct snp_chain *chain = &job->chain;
	bool wants_vlek = report->signing_key == TSPDM_SNP_VLEK;
	const char *why = NULL;
	enum tspdm_status status;

	if (chain->ek == NULL) {
		tspdm_checks_skip(job->checks, "key.kind", "there is no endorsement key");
		return;
	}
	status = tspdm_snp_read_extensions(chain->ek, &job->extensions, &why);
	job->has_extensions = status == TSPDM_OK;
	if (is_unsigned(report)) {
		note_unsigned(job);
		return;
	}
	if (status == TSPDM_OK)
		why = extensions_fault(&job->extensions, chain);
	if (report->signing_key != TSPDM_SNP_VCEK && report->signing_key != TSPDM_SNP_VLEK)
		why = "SIGNING_KEY of the report has a reserved value";
	else if (wants_vlek != chain->is_vlek)
		why = wants_vlek ? "the report says it is signed by a VLEK, but the certificate is a VCEK's"
				 : "the report says it is signed by a VCEK, but the certificate is a VLEK's";
	if (why != NULL) {
		note(job, "key.kind", TSPDM_ERR_EVIDENCE_CHAIN, 0, why);
		return;
	}
	if (chain->is_vlek)
		snprintf(job->finding->csp_id, sizeof job->finding->csp_id, "%s", job->extensions.csp_id);
	tspdm_checks_add(job->checks, "key.kind", TSPDM_OK, "%s, %s%s%s", chain->is_vlek ? "VLEK" : "VCEK",
		job->extensions.product, chain->is_vlek ? ", provider " : "", job->extensions.csp_id);
	job->passed |= SNP_RAN_KEY_KIND;
}

static void check_signature(struct job *job)
{
	const char *why = "ECDSA P-384 with SHA-384";
	enum tspdm_status status;

	if (job->chain.ek == NULL) {
		tspdm_checks_skip(job->checks, "report.signature", "there is no endorsement key");
		return;
	}
	status = tspdm_snp_signature_check(job->chain.ek, &job->finding->report, job->input->evidence.report, &why);
	note(job, "report.signature", status, SNP_RAN_SIGNATURE, why != NULL ? why : "ECDSA P-384 with SHA-384");
}

static struct tspdm_snp_tcb certified_tcb(const struct snp_extensions *x)
{
	return (struct tspdm_snp_tcb){ .has_fmc = x->has_spl[SNP_SPL_FMC],
		.fmc = x->spl[SNP_SPL_FMC],
		.bootloader = x->spl[SNP_SPL_BOOTLOADER],
		.tee = x->spl[SNP_SPL_TEE],
		.snp = x->spl[SNP_SPL_SNP],
		.microcode = x->spl[SNP_SPL_MICROCODE] };
}

/* SPL4 to SPL7 are bytes 2 to 5 of the layout of Milan and Genoa; reserved, but derived from like the others. */
static bool reserved_spls_match(const struct snp_extensions *x, uint64_t raw)
{
	for (unsigned i = SNP_SPL_4; i <= SNP_SPL_7; i++)
		if (!x->has_spl[SNP_SPL_FMC] && x->has_spl[i] && x->spl[i] != (uint8_t)(raw >> 8 * (i - 2)))
			return false;
	return true;
}

static void check_tcb_match(struct job *job)
{
	const struct tspdm_snp_finding *finding = job->finding;
	struct tspdm_snp_tcb certified = certified_tcb(&job->extensions);
	char key[SNP_TCB_TEXT];
	char report[SNP_TCB_TEXT];
	char url[SNP_URL_MAX] = "";

	if (!job->has_extensions) {
		tspdm_checks_skip(job->checks, "tcb.match", "the certificate's extensions could not be read");
		return;
	}
	tspdm_snp_tcb_text(&certified, key);
	tspdm_snp_tcb_text(&finding->reported, report);
	if (tspdm_snp_tcb_equal(&certified, &finding->reported) &&
		reserved_spls_match(&job->extensions, finding->report.reported_tcb)) {
		note(job, "tcb.match", TSPDM_OK, SNP_RAN_TCB_MATCH, report);
		return;
	}
	if (!job->chain.is_vlek && !finding->chip_id_masked)
		tspdm_snp_ek_url(finding->product, &finding->report, url);
	tspdm_checks_add(job->checks, "tcb.match", TSPDM_ERR_EVIDENCE_TCB, "key: %s; report: %s%s%s", key, report,
		url[0] != '\0' ? "; get the key for the report's TCB: " : "", url);
}

static bool hwid_matches(const struct job *job)
{
	const struct snp_extensions *x = &job->extensions;
	const uint8_t *chip_id = job->finding->report.chip_id;
	size_t expected = job->chain.product == TSPDM_SNP_TURIN ? SNP_HWID_SHORT : SNP_HWID_LEN;
	struct tspdm_view rest = { chip_id + expected, SNP_HWID_LEN - expected };

	return x->has_hwid && x->hwid_len == expected && memcmp(x->hwid, chip_id, expected) == 0 &&
	       tspdm_snp_is_zero(rest);
}

static void check_hwid(struct job *job)
{
	const struct tspdm_snp_report *report = &job->finding->report;
	char url[SNP_URL_MAX];

	if (!job->has_extensions) {
		tspdm_checks_skip(job->checks, "hwid", "the certificate's extensions could not be read");
		return;
	}
	if (job->chain.is_vlek || job->finding->chip_id_masked) {
		tspdm_checks_skip(job->checks, "hwid", "%s%s",
			job->chain.is_vlek ? "a VLEK is the provider's and names no chip"
					   : "not compared with the certificate's HWID",
			job->finding->chip_id_masked ? "; CHIP_ID is masked by the host" : "");
		job->passed |= SNP_RAN_HWID;
		return;
	}
	if (hwid_matches(job)) {
		note(job, "hwid", TSPDM_OK, SNP_RAN_HWID, "the certificate's HWID is the report's CHIP_ID");
		return;
	}
	tspdm_snp_ek_url(job->finding->product, report, url);
	tspdm_checks_add(job->checks, "hwid", TSPDM_ERR_EVIDENCE_HWID,
		"the certificate's HWID is not the report's CHIP_ID; this chip's key is at %s", url);
}

static void check_product(struct job *job)
{
	const struct tspdm_snp_report *report = &job->finding->report;
	enum tspdm_snp_product told = tspdm_snp_product_of(report);
	const char *chain = tspdm_snp_product_name(job->chain.product);

	if (job->chain.product == TSPDM_SNP_UNKNOWN) {
		tspdm_checks_skip(job->checks, "product", "the chain tells no product");
	} else if (report->version < 3) {
		tspdm_checks_skip(
			job->checks, "product", "a version 2 report does not tell it; the chain is for %s", chain);
		job->passed |= SNP_RAN_PRODUCT;
	} else if (told == job->chain.product) {
		note(job, "product", TSPDM_OK, SNP_RAN_PRODUCT, chain);
	} else {
		tspdm_checks_add(job->checks, "product", TSPDM_ERR_EVIDENCE_CHAIN,
			"the report's CPUID family 0x%02x model 0x%02x is of product %s, but the chain is for %s",
			report->cpuid_family, report->cpuid_model, tspdm_snp_product_name(told), chain);
	}
}

static void check_tcb_order(struct job *job)
{
	const struct tspdm_snp_finding *finding = job->finding;
	bool reported = tspdm_snp_tcb_at_most(&finding->reported, &finding->current);
	bool committed = tspdm_snp_tcb_at_most(&finding->committed, &finding->current);
	char current[SNP_TCB_TEXT];
	char other[SNP_TCB_TEXT];

	tspdm_snp_tcb_text(&finding->current, current);
	tspdm_snp_tcb_text(reported ? &finding->committed : &finding->reported, other);
	if (reported && committed)
		note(job, "tcb.order", TSPDM_OK, 0, "REPORTED and COMMITTED are not above CURRENT");
	else
		tspdm_checks_add(job->checks, "tcb.order", TSPDM_ERR_EVIDENCE_TCB, "%s (%s) is above CURRENT (%s)",
			reported ? "COMMITTED" : "REPORTED", other, current);
}

/* Common on real machines and not a forgery; what to make of it is the policy's business. */
static void check_committed(struct job *job)
{
	const struct tspdm_snp_finding *finding = job->finding;
	char current[SNP_TCB_TEXT];
	char committed[SNP_TCB_TEXT];

	if (!finding->provisional) {
		note(job, "tcb.committed", TSPDM_OK, 0, "CURRENT is COMMITTED");
		return;
	}
	tspdm_snp_tcb_text(&finding->current, current);
	tspdm_snp_tcb_text(&finding->committed, committed);
	tspdm_checks_skip(job->checks, "tcb.committed",
		"provisional firmware: CURRENT is %s; COMMITTED, to which the host can go back, is %s", current,
		committed);
}

static void check_reserved(struct job *job)
{
	if (job->finding->report.reserved_is_zero)
		note(job, "reserved", TSPDM_OK, 0, "reserved bytes are zero");
	else
		tspdm_checks_skip(job->checks, "reserved",
			"reserved bytes of the report are not zero: it tells of features that this version does not "
			"know");
}

static void decode(struct job *job)
{
	struct tspdm_snp_finding *finding = job->finding;
	const struct tspdm_snp_report *report = &finding->report;
	enum tspdm_snp_product layout;

	finding->product = job->chain.product;
	if (finding->product == TSPDM_SNP_UNKNOWN)
		finding->product = tspdm_snp_product_of(report);
	finding->product_name = tspdm_snp_product_name(finding->product);
	layout = tspdm_snp_layout_of(finding->product, report);
	finding->reported = tspdm_snp_tcb(layout, report->reported_tcb);
	finding->current = tspdm_snp_tcb(layout, report->current_tcb);
	finding->committed = tspdm_snp_tcb(layout, report->committed_tcb);
	finding->launch = tspdm_snp_tcb(layout, report->launch_tcb);
	finding->chip_id_masked = tspdm_snp_is_zero((struct tspdm_view){ report->chip_id, sizeof report->chip_id });
	finding->provisional =
		!tspdm_snp_tcb_equal(&finding->current, &finding->committed) ||
		memcmp(report->current_version, report->committed_version, sizeof report->current_version) != 0;
	tspdm_snp_claims(finding);
}

static void run(struct job *job)
{
	struct tspdm_view report = job->input->evidence.report;

	if (!parse(job) || !collect(job))
		return;
	tspdm_snp_chain_find(&job->chain, &job->pool, &job->anchors, &job->finding->report, report, job->input->time);
	decode(job);
	if (job->chain.ek == NULL && is_unsigned(&job->finding->report)) /* nobody needs to look for a key then */
		note_unsigned(job);
	job->passed |= tspdm_snp_chain_verify(
		&job->chain, &job->anchors, job->input->time, &job->finding->report, &job->finding->base);
	check_key_kind(job);
	check_signature(job);
	check_tcb_match(job);
	check_hwid(job);
	job->finding->crl_checked = tspdm_snp_check_revocation(
		&job->chain, &job->pool, job->input->require_crl, job->input->time, job->checks);
	check_product(job);
	check_tcb_order(job);
	check_committed(job);
	check_reserved(job);
}

enum tspdm_status tspdm_snp_verify(const struct tspdm_snp_input *input, struct tspdm_snp_finding *finding)
{
	struct job job = { .input = input, .finding = finding, .checks = &finding->base.checks };

	tspdm_finding_clear(finding, sizeof *finding);
	finding->base.tee = TSPDM_TEE_SEV_SNP;
	finding->product_name = tspdm_snp_product_name(TSPDM_SNP_UNKNOWN);
	finding->base.status = check_input(input);
	if (finding->base.status != TSPDM_OK)
		return finding->base.status;
	run(&job);
	finding->base.status = tspdm_checks_complete(job.checks, job.passed, SNP_RAN_ALL);
	tspdm_snp_pool_free(&job.pool);
	tspdm_snp_pool_free(&job.anchors.roots);
	return finding->base.status;
}
