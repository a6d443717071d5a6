/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * One accept entry of a policy against the claims of a genuine SEV-SNP report. Every check of the entry runs, so that a
 * person sees all reasons at once. */
#include <stdio.h>
#include <string.h>

#include "entry_checks.h"

struct context {
	struct entry_checks entry_checks;
	const struct policy_entry *entry;
	const struct tspdm_snp_finding *finding;
};

static void tell(const struct context *c, const char *name, bool is_good, const char *text)
{
	tspdm_entry_tell(&c->entry_checks, name, is_good, text);
}

static void check_values(
	const struct context *c, const char *name, const struct policy_values *values, struct tspdm_view seen)
{
	tspdm_entry_check_values(&c->entry_checks, name, values, seen);
}

static void check_csp(const struct context *c)
{
	const struct policy_values *values = &c->entry->snp.csp_id;
	struct tspdm_view seen = { (const uint8_t *)c->finding->csp_id, strlen(c->finding->csp_id) };
	char text[200];

	if (!values->is_any && values->count == 0)
		return;
	if (values->is_any || tspdm_entry_has_value(values, seen))
		snprintf(text, sizeof text, "%s", seen.len != 0 ? c->finding->csp_id : "none");
	else
		snprintf(text, sizeof text, "expected %.*s%s, seen %s", (int)values->items[0].len,
			(const char *)values->items[0].bytes, values->count > 1 ? " or others" : "",
			seen.len != 0 ? c->finding->csp_id : "none (the signer is a VCEK)");
	tell(c, "policy.csp_id", values->is_any || tspdm_entry_has_value(values, seen), text);
}

static void check_product(const struct context *c)
{
	enum tspdm_snp_product product = c->finding->product;
	bool is_good = product > TSPDM_SNP_UNKNOWN && (unsigned)product < POLICY_PRODUCTS &&
		       (c->entry->snp.products & 1U << product) != 0;
	char text[200];

	snprintf(text, sizeof text, "%s%s", tspdm_snp_product_name(product), is_good ? "" : " is not listed");
	tell(c, "policy.product", is_good, text);
}

/* The two bits that open a guest to its host have a check of their own, which scripts may look for. */
static void check_debug(const struct context *c)
{
	bool is_set = (c->finding->report.policy & TSPDM_SNP_POLICY_DEBUG) != 0;
	bool is_good = !is_set || c->entry->snp.guest.may_debug;

	tell(c, "policy.debug", is_good,
		!is_set   ? "the host may not debug the guest"
		: is_good ? "the host may debug the guest: its memory is NOT private; the policy allows it"
			  : "the guest was started with DEBUG allowed, so the host can read its memory; start it "
			    "without");
	is_set = (c->finding->report.policy & TSPDM_SNP_POLICY_MIGRATE_MA) != 0;
	is_good = !is_set || c->entry->snp.guest.may_migrate_ma;
	tell(c, "policy.migrate_ma", is_good,
		!is_set   ? "no migration agent is allowed"
		: is_good ? "a migration agent is allowed, which the policy permits"
			  : "the guest was started with a migration agent allowed, which the policy forbids");
}

/* Writes the first fault of the guest policy, or an empty text. Which value of a bit is the weaker one: the fact that
 * SMT and CXL permit, and the others demand, is AMD 56860 "Guest policy". */
static void find_guest_fault(const struct policy_guest *want, uint64_t policy, char *text, size_t text_len)
{
	const struct {
		bool is_asked;
		bool must_be;
		uint64_t bit;
		const char *fault;
	} rows[] = {
		{ !want->may_smt, false, TSPDM_SNP_POLICY_SMT, "SMT is allowed" },
		{ !want->may_cxl, false, TSPDM_SNP_POLICY_CXL, "CXL memory is allowed" },
		{ want->must_single_socket, true, TSPDM_SNP_POLICY_SINGLE_SOCKET, "a single socket is not demanded" },
		{ want->must_aes_256_xts, true, TSPDM_SNP_POLICY_AES_256_XTS, "AES-256-XTS is not demanded" },
		{ want->must_disable_rapl, true, TSPDM_SNP_POLICY_RAPL_DISABLED, "RAPL is not demanded to be off" },
		{ want->must_hide_ciphertext, true, TSPDM_SNP_POLICY_CIPHERTEXT_HIDING,
			"ciphertext hiding is not demanded" },
		{ want->must_disable_page_swap, true, TSPDM_SNP_POLICY_PAGE_SWAP_DISABLED,
			"page swap is not demanded to be off" },
	};
	uint16_t abi = (uint16_t)(policy & 0xFFFF); /* 7:0 minor, 15:8 major */

	text[0] = '\0';
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].is_asked && ((policy & rows[i].bit) != 0) != rows[i].must_be) {
			snprintf(text, text_len, "%s by the guest policy", rows[i].fault);
			return;
		}
	if (abi < want->min_abi)
		snprintf(text, text_len, "the guest policy demands ABI %u.%u, at least %u.%u is wanted", abi >> 8,
			abi & 0xFFU, want->min_abi >> 8, want->min_abi & 0xFFU);
}

static void check_guest_policy(const struct context *c)
{
	char fault[128], text[TSPDM_DETAIL_MAX];
	unsigned long long policy = c->finding->report.policy;

	find_guest_fault(&c->entry->snp.guest, c->finding->report.policy, fault, sizeof fault);
	snprintf(text, sizeof text, "%s%s%#llx", fault, fault[0] != '\0' ? "; seen " : "", policy);
	tell(c, "policy.guest_policy", fault[0] == '\0', text);
}

static void check_vmpl(const struct context *c)
{
	uint32_t vmpl = c->finding->report.vmpl;
	bool is_good = vmpl <= 3 && (c->entry->snp.vmpls & 1U << vmpl) != 0;
	char text[200];

	if (vmpl == UINT32_MAX)
		snprintf(text, sizeof text, "the host asked for this report, not the guest");
	else
		snprintf(text, sizeof text, "VMPL %u%s", vmpl, is_good ? "" : " is not listed");
	tell(c, "policy.vmpl", is_good, text);
}

static void check_signer(const struct context *c)
{
	unsigned key = c->finding->report.signing_key;
	bool is_good = key <= TSPDM_SNP_VLEK && (c->entry->snp.signers & 1U << key) != 0;
	const char *name = key == TSPDM_SNP_VCEK ? "VCEK" : key == TSPDM_SNP_VLEK ? "VLEK" : "no known key";
	char text[200];

	snprintf(text, sizeof text, "signed by %s%s", name, is_good ? "" : ", which is not listed");
	tell(c, "policy.signer", is_good, text);
}

static void write_tcb(char *out, size_t cap, const struct tspdm_snp_tcb *tcb)
{
	char fmc[16] = "";

	if (tcb->has_fmc)
		snprintf(fmc, sizeof fmc, "fmc %u ", tcb->fmc);
	snprintf(out, cap, "%sbootloader %u tee %u snp %u microcode %u", fmc, tcb->bootloader, tcb->tee, tcb->snp,
		tcb->microcode);
}

/* Component by component; the number as a whole has no order. */
static bool tcb_reaches(const struct tspdm_snp_tcb *tcb, const struct tspdm_snp_tcb *least)
{
	return tcb->has_fmc == least->has_fmc && tcb->fmc >= least->fmc && tcb->bootloader >= least->bootloader &&
	       tcb->tee >= least->tee && tcb->snp >= least->snp && tcb->microcode >= least->microcode;
}

static void check_floor(
	const struct context *c, const char *name, const struct policy_floors *floors, const struct tspdm_snp_tcb *tcb)
{
	enum tspdm_snp_product product = c->finding->product;
	const struct policy_floor *floor;
	char text[200], seen[80], least[80];

	if (!floors->is_given)
		return;
	write_tcb(seen, sizeof seen, tcb);
	if (product <= TSPDM_SNP_UNKNOWN || (unsigned)product >= POLICY_PRODUCTS ||
		!floors->by_product[product].is_given) {
		tell(c, name, false, "the policy gives no minimum for this product");
		return;
	}
	floor = &floors->by_product[product];
	write_tcb(least, sizeof least, &floor->tcb);
	if (floor->is_any)
		snprintf(text, sizeof text, "any will do; seen %s", seen);
	else if (tcb_reaches(tcb, &floor->tcb))
		snprintf(text, sizeof text, "%s", seen);
	else
		snprintf(text, sizeof text, "wanted %s; seen %s", least, seen);
	tell(c, name, floor->is_any || tcb_reaches(tcb, &floor->tcb), text);
}

/* Firmware that the host may still roll back, or a TCB reported below what runs. */
static void check_provisional(const struct context *c)
{
	const struct tspdm_snp_report *report = &c->finding->report;
	bool is_provisional = report->committed_tcb != report->current_tcb ||
			      memcmp(report->current_version, report->committed_version, 3) != 0;

	tell(c, "policy.provisional", !is_provisional || c->entry->snp.allow_provisional,
		!is_provisional ? "the firmware is committed"
		: c->entry->snp.allow_provisional
			? "warning: provisional firmware, the host can still roll back; allowed"
			: "provisional firmware: the host can still roll back to the committed TCB");
}

static void write_bits(char *out, size_t cap, uint64_t bits)
{
	size_t at = 0;

	out[0] = '\0';
	for (const struct policy_name *n = tspdm_policy_platform_bits; n->name != NULL; n++)
		if ((bits & n->bit) != 0 && at < cap)
			at += (size_t)snprintf(out + at, cap - at, " %s", n->name);
}

static void check_platform(const struct context *c)
{
	const struct policy_platform *want = &c->entry->snp.platform;
	uint64_t info = c->finding->report.platform_info;
	uint64_t missing = want->must_set & ~info, excess = want->must_clear & info;
	char text[256], missing_names[80], excess_names[80];

	if (want->must_set == 0 && want->must_clear == 0)
		return;
	write_bits(missing_names, sizeof missing_names, missing);
	write_bits(excess_names, sizeof excess_names, excess);
	snprintf(text, sizeof text, "%#llx%s%s%s%s", (unsigned long long)info, missing != 0 ? "; must be set:" : "",
		missing_names, excess != 0 ? "; must be clear:" : "", excess_names);
	tell(c, "policy.platform_info", missing == 0 && excess == 0, text);
}

static void check_svn(const struct context *c)
{
	uint32_t seen = c->finding->report.guest_svn, least = c->entry->snp.min_guest_svn;
	char text[200];

	if (least == 0)
		return;
	snprintf(text, sizeof text, "guest SVN %u, at least %u is wanted", seen, least);
	tell(c, "policy.guest_svn", seen >= least, text);
}

static void check_mitigations(const struct context *c)
{
	uint64_t launch = c->entry->snp.launch_mit_vector & ~c->finding->report.launch_mit_vector;
	uint64_t current = c->entry->snp.current_mit_vector & ~c->finding->report.current_mit_vector;
	char text[200];

	if (c->entry->snp.launch_mit_vector == 0 && c->entry->snp.current_mit_vector == 0)
		return;
	snprintf(text, sizeof text, "missing at launch %#llx, now %#llx", (unsigned long long)launch,
		(unsigned long long)current);
	tell(c, "policy.mitigations", launch == 0 && current == 0, text);
}

static void check_chip(const struct context *c)
{
	if (c->entry->snp.require_chip_id)
		tell(c, "policy.chip_id_shown", !c->finding->chip_id_masked,
			c->finding->chip_id_masked ? "the host masks CHIP_ID, the policy wants it shown"
						   : "CHIP_ID is shown");
}

static void check_revocation(const struct context *c)
{
	if (!c->entry->snp.require_crl)
		return;
	tspdm_checks_add(c->entry_checks.checks, "policy.revocation",
		c->finding->crl_checked ? TSPDM_OK : TSPDM_ERR_COLLATERAL, "accept[%zu]: %s", c->entry_checks.number,
		c->finding->crl_checked ? "a CRL was checked" : "a CRL is required; give one with --collateral");
}

#define BYTES(array) ((struct tspdm_view){ (array), sizeof(array) })

void tspdm_appraise_snp_entry(struct tspdm_checks *checks, const struct policy_entry *entry, size_t number,
	const struct tspdm_snp_finding *finding)
{
	const struct context c = { .entry_checks = { checks, number }, .entry = entry, .finding = finding };
	const struct tspdm_snp_report *report = &finding->report;

	check_debug(&c);
	check_product(&c);
	check_values(&c, "policy.measurement", &entry->snp.measurement, BYTES(report->measurement));
	check_floor(&c, "policy.tcb", &entry->snp.min_tcb, &finding->reported);
	check_floor(&c, "policy.launch_tcb", &entry->snp.min_launch_tcb, &finding->launch);
	check_provisional(&c);
	check_guest_policy(&c);
	check_vmpl(&c);
	check_signer(&c);
	check_values(&c, "policy.host_data", &entry->snp.host_data, BYTES(report->host_data));
	check_values(&c, "policy.id_key_digest", &entry->snp.id_key_digest, BYTES(report->id_key_digest));
	check_values(&c, "policy.author_key_digest", &entry->snp.author_key_digest, BYTES(report->author_key_digest));
	check_values(&c, "policy.family_id", &entry->snp.family_id, BYTES(report->family_id));
	check_values(&c, "policy.image_id", &entry->snp.image_id, BYTES(report->image_id));
	check_values(&c, "policy.report_id", &entry->snp.report_id, BYTES(report->report_id));
	check_values(&c, "policy.chip_id", &entry->snp.chip_id, BYTES(report->chip_id));
	check_csp(&c);
	check_chip(&c);
	check_platform(&c);
	check_svn(&c);
	check_mitigations(&c);
	check_revocation(&c);
}
