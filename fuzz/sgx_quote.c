/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes tspdm_read_quote() and tspdm_sgx_verify() with hostile quotes and the PCK chains in them (dcap/quote.c,
 * certificates.c, chain.c, pck.c, enclave.c). Nothing is genuine unless Intel signed it, as the genuine samples were. */
#include <tspdm/sgx.h>

#include "quote.h"

static struct tspdm_sgx_finding finding;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tspdm_view raw = { data, size };
	struct tspdm_dcap_input in = { .size = sizeof in, .without_collateral = true, .allow_debug = true };
	struct tspdm_quote quote;
	enum tspdm_status status = tspdm_read_quote(raw, &quote);

	if (status == TSPDM_OK)
		look_at(&quote, raw);
	else
		check(quote.version == 0 && quote.body.len == 0);
	in.evidence = (struct tspdm_evidence){ .tee = TSPDM_TEE_SGX, .report = raw };
	in.time = 1750000000;
	check(tspdm_sgx_verify(&in, &finding) == finding.base.status);
	check(finding.base.status != TSPDM_OK || finding.base.anchor == TSPDM_ANCHOR_BUILTIN);
	check(finding.base.checks.count != 0);
	check(finding.base.anchor == TSPDM_ANCHOR_NONE || finding.base.anchor == TSPDM_ANCHOR_BUILTIN);
	check(finding.tcb.status == TSPDM_TCB_NOT_EVALUATED);
	check(status == TSPDM_OK || !finding.pck.is_read);
	return 0;
}
