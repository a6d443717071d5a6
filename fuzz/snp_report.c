/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes tspdm_read_evidence(), tspdm_snp_read_report() and the functions that take their results. What is recognised
 * has to lie in the input, and has to be recognised again after it was written. */
#include <stdlib.h>
#include <string.h>

#include <tspdm/sev_snp.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void look_at(const struct tspdm_snp_report *report)
{
	enum tspdm_snp_product product = tspdm_snp_product_of(report);
	struct tspdm_snp_tcb tcb = tspdm_snp_tcb(product, report->reported_tcb);

	check(tspdm_snp_product_name(product) != NULL);
	check(tcb.has_fmc == (product == TSPDM_SNP_TURIN));
	check(report->version >= 2);
	check(report->version >= 5 || (report->launch_mit_vector == 0 && report->current_mit_vector == 0));
}

static void write_again(const struct tspdm_evidence *evidence, size_t size)
{
	struct tspdm_buffer w = { .ptr = malloc(size), .cap = size };
	struct tspdm_evidence again;

	check(w.ptr != NULL);
	check(tspdm_write_evidence(&w, evidence) == TSPDM_OK);
	check(tspdm_read_evidence(tspdm_buffer_view(&w), &again) == TSPDM_OK);
	check(again.tee == evidence->tee && again.report.len == evidence->report.len);
	check(memcmp(again.report.ptr, evidence->report.ptr, evidence->report.len) == 0);
	check(again.certificates.len == evidence->certificates.len);
	free(w.ptr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tspdm_view raw = { data, size };
	struct tspdm_evidence evidence;
	struct tspdm_snp_report report;

	if (tspdm_snp_read_report(raw, &report) == TSPDM_OK)
		look_at(&report);
	if (tspdm_read_evidence(raw, &evidence) != TSPDM_OK) {
		check(evidence.tee == TSPDM_TEE_NONE && evidence.report.len == 0);
		return 0;
	}
	check(evidence.report.ptr == data && evidence.report.len <= size);
	check(evidence.certificates.len <= size - evidence.report.len);
	if (evidence.tee == TSPDM_TEE_SEV_SNP)
		check(tspdm_snp_read_report(evidence.report, &report) == TSPDM_OK);
	write_again(&evidence, size);
	return 0;
}
