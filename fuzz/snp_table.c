/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes tspdm_snp_read_table(): what it finds has to lie in the table, and has to survive being written and read. */
#include <stdlib.h>
#include <string.h>

#include <tspdm/sev_snp.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void lies_in(struct tspdm_view part, const uint8_t *data, size_t size)
{
	if (part.len == 0)
		return;
	check(part.ptr >= data && part.len <= size && (size_t)(part.ptr - data) <= size - part.len);
}

static void same(struct tspdm_view a, struct tspdm_view b)
{
	check(a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0));
}

static void write_again(const struct tspdm_snp_certificates *found)
{
	struct tspdm_snp_certificates again;
	struct tspdm_buffer w = { .ptr = NULL, .cap = 0 };

	check(tspdm_snp_write_table(&w, found) == TSPDM_ERR_BUFFER); /* measures */
	w = (struct tspdm_buffer){ .ptr = malloc(w.len), .cap = w.len };
	check(w.ptr != NULL);
	check(tspdm_snp_write_table(&w, found) == TSPDM_OK && w.len == w.cap);
	check(tspdm_snp_read_table(tspdm_buffer_view(&w), &again) == TSPDM_OK);
	same(again.vcek, found->vcek);
	same(again.vlek, found->vlek);
	same(again.ask, found->ask);
	same(again.ark, found->ark);
	same(again.crl, found->crl);
	free(w.ptr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tspdm_snp_certificates found;
	enum tspdm_status status = tspdm_snp_read_table((struct tspdm_view){ data, size }, &found);

	check(status == TSPDM_OK || status == TSPDM_ERR_EVIDENCE_FORM);
	lies_in(found.vcek, data, size);
	lies_in(found.vlek, data, size);
	lies_in(found.ask, data, size);
	lies_in(found.ark, data, size);
	lies_in(found.crl, data, size);
	if (status == TSPDM_OK)
		write_again(&found);
	return 0;
}
