/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Looks at what the hardware handed out before anybody else does: is it the kind of evidence that was expected, and was it
 * made for the report data asked for? It is not verified here. */
#include <string.h>

#include "worker.h"

/* Offsets of the report data: AMD 56860 "ATTESTATION_REPORT"; behind the quote's header of 48 bytes, in version 5 with 6
 * bytes of body type and size, at 520 of a TD's body and 320 of an enclave's. */
static size_t report_data_at(const struct tspdm_evidence *evidence)
{
	size_t body = evidence->report.ptr[0] == 5 ? 54 : 48;

	switch (evidence->tee) {
	case TSPDM_TEE_SEV_SNP:
		return 0x50;
	case TSPDM_TEE_TDX:
		return body + 520;
	default:
		return body + 320;
	}
}

static bool is_for(const struct tspdm_evidence *evidence, const uint8_t *report_data)
{
	size_t at = report_data_at(evidence);

	return at <= evidence->report.len && evidence->report.len - at >= TSPDM_REPORT_DATA_LEN &&
	       memcmp(evidence->report.ptr + at, report_data, TSPDM_REPORT_DATA_LEN) == 0;
}

/* A host that supplies no certificates leaves zeros where they would be. */
static struct tspdm_view without_zeros(struct tspdm_view table)
{
	for (size_t i = 0; i < table.len; i++)
		if (table.ptr[i] != 0)
			return table;
	return (struct tspdm_view){ NULL, 0 };
}

const char *tspdm_worker_recognise(
	struct tspdm_worker_product *product, enum tspdm_tee expected, const uint8_t *report_data)
{
	struct tspdm_evidence *evidence = &product->evidence;

	if (tspdm_read_evidence(tspdm_buffer_view(&product->report), evidence) != TSPDM_OK)
		return "what came is neither an SNP report nor a quote that is known here";
	if (expected != TSPDM_TEE_NONE && evidence->tee != expected)
		return "what came is evidence of another kind of TEE";
	if (!is_for(evidence, report_data))
		return "the evidence was made for other report data";
	if (product->certificates.len != 0)
		evidence->certificates = without_zeros(tspdm_buffer_view(&product->certificates));
	return NULL;
}
