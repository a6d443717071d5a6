/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the harnesses of quotes share. */
#ifndef FUZZ_QUOTE_H
#define FUZZ_QUOTE_H

#include <stdlib.h>
#include <string.h>

#include <tspdm/dcap.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void check(bool holds)
{
	if (!holds)
		abort();
}

static inline void inside(struct tspdm_view part, struct tspdm_view whole)
{
	check(part.len == 0 || (part.ptr >= whole.ptr && part.len <= whole.len &&
				       (size_t)(part.ptr - whole.ptr) <= whole.len - part.len));
}

/* What was read lies in the input, in the order of the layout. */
static inline void look_at(const struct tspdm_quote *quote, struct tspdm_view raw)
{
	inside(quote->signed_bytes, raw);
	inside(quote->body, quote->signed_bytes);
	inside(quote->signature, raw);
	inside(quote->attestation_key, raw);
	inside(quote->qe_report, raw);
	inside(quote->qe_report_signature, raw);
	inside(quote->qe_authentication, raw);
	inside(quote->certification, raw);
	check(quote->version >= 3 && quote->version <= 5 && quote->attestation_key_type == 2);
	check(quote->signature.len == 64 && quote->attestation_key.len == 64 && quote->qe_report.len == 384);
	check(quote->signed_bytes.ptr == raw.ptr && quote->signature_data_len <= raw.len);
	check((quote->version == 3) == (quote->outer_certification_type == 0));
}

#endif
