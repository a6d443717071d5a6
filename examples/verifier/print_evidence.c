/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the evidence says, in the few lines that a person wants to see of it. */
#include <stdio.h>

#include "verifier.h"

struct words {
	const char *bad, *end;
};

static void print_line(const char *label, struct tspdm_view bytes)
{
	printf("  %-12s ", label);
	print_hex(bytes);
	printf("\n");
}

#define LINE(label, array) print_line(label, (struct tspdm_view){ (array), sizeof(array) })

static const char *allowed(bool is_set, const struct words *w, char *out, size_t cap)
{
	snprintf(out, cap, "%s%s%s", is_set ? w->bad : "", is_set ? "ALLOWED" : "off", is_set ? w->end : "");
	return out;
}

static void print_snp(const struct tspdm_snp_finding *f, const struct words *w)
{
	const struct tspdm_snp_report *r = &f->report;
	const struct tspdm_snp_tcb *tcb = &f->reported;
	char debug[32];

	if (r->version == 0)
		return;
	printf("  report       version %u, %s, VMPL %u, guest SVN %u\n", r->version, tspdm_snp_product_name(f->product),
		r->vmpl, r->guest_svn);
	LINE("measurement", r->measurement);
	printf("  policy       %#llx: debug %s, migration agent %s, SMT %s\n", (unsigned long long)r->policy,
		allowed((r->policy & TSPDM_SNP_POLICY_DEBUG) != 0, w, debug, sizeof debug),
		(r->policy & TSPDM_SNP_POLICY_MIGRATE_MA) != 0 ? "ALLOWED" : "none",
		(r->policy & TSPDM_SNP_POLICY_SMT) != 0 ? "allowed" : "off");
	printf("  TCB          ");
	if (tcb->has_fmc)
		printf("fmc %u, ", tcb->fmc);
	printf("bootloader %u, tee %u, snp %u, microcode %u\n", tcb->bootloader, tcb->tee, tcb->snp, tcb->microcode);
}

static void print_quote_tcb(const struct tspdm_tcb *tcb, const struct tspdm_pck *pck)
{
	printf("  TCB          %s", tspdm_tcb_status_name(tcb->status));
	if (tcb->date[0] != '\0')
		printf(" (%s)", tcb->date);
	for (unsigned i = 0; i < tcb->advisory_count && i < 4; i++)
		printf("%s%s", i == 0 ? ", " : " ", tcb->advisories[i]);
	if (tcb->advisory_count > 4)
		printf(" and %u more", tcb->advisory_count - 4);
	printf("\n");
	if (pck->is_read)
		LINE("FMSPC", pck->fmspc);
}

static void print_tdx(const struct tspdm_tdx_finding *f, const struct words *w)
{
	const struct tspdm_td_report *r = &f->report;
	char debug[32];

	if (f->quote.body.len == 0)
		return;
	printf("  quote        version %u, TD report of TDX %s\n", f->quote.version, r->is_td15 ? "1.5" : "1.0");
	LINE("MRTD", r->mr_td);
	LINE("RTMR0", r->rtmr[0]);
	LINE("RTMR1", r->rtmr[1]);
	LINE("RTMR2", r->rtmr[2]);
	LINE("RTMR3", r->rtmr[3]);
	printf("  attributes   %#llx: debug %s, migration %s\n", (unsigned long long)r->attributes,
		allowed(r->is_debug, w, debug, sizeof debug),
		(r->attributes & TSPDM_TDX_ATTRIBUTE_MIGRATABLE) != 0 ? "ALLOWED" : "none");
	print_quote_tcb(&f->tcb, &f->pck);
}

static void print_sgx(const struct tspdm_sgx_finding *f, const struct words *w)
{
	const struct tspdm_sgx_report *r = &f->report;
	char debug[32];

	if (f->quote.body.len == 0)
		return;
	LINE("MRENCLAVE", r->mr_enclave);
	LINE("MRSIGNER", r->mr_signer);
	printf("  enclave      product %u, SVN %u, debug %s\n", r->isv_prod_id, r->isv_svn,
		allowed(f->is_debug, w, debug, sizeof debug));
	print_quote_tcb(&f->tcb, &f->pck);
}

void print_evidence(const struct appraisal *a, const char *bad, const char *end)
{
	const struct words w = { bad, end };
	const struct tspdm_found *found = tspdm_subject_evidence(&a->subject);
	bool is_fresh = found != &a->subject.certificate_evidence;
	const struct tspdm_finding *f = tspdm_found_base(found);

	if (f == NULL)
		return;
	printf("  evidence     %s%s%s\n", tspdm_tee_name(f->tee),
		f->anchor == TSPDM_ANCHOR_STANDIN ? ", SOFTWARE TEE: NOT HARDWARE" : "",
		is_fresh ? "" : ", in the certificate only");
	if (found->snp != NULL)
		print_snp(found->snp, &w);
	else if (found->tdx != NULL)
		print_tdx(found->tdx, &w);
	else if (found->device != NULL)
		print_device(found->device, bad, end);
	else
		print_sgx(found->sgx, &w);
}
