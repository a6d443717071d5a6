/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes tspdm_snp_verify() with hostile certificates, tables and CRLs (certificates.c, extensions.c, chain.c, paths.c,
 * revocation.c). The input is a byte of options, then pieces behind a 16-bit length: report, table, roots,
 * certificates. Nothing is genuine unless AMD signed it; only where the input may name a root can it be accepted, and
 * then as that. */
#include <stdlib.h>
#include <string.h>

#include <tspdm/sev_snp.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PIECES = 8, NAMES_ROOTS = 1, NO_BUILTIN = 2, STANDIN = 4, REQUIRE_CRL = 8 };

static struct tspdm_snp_finding finding;

static void check(bool holds)
{
	if (!holds)
		abort();
}

static struct tspdm_view piece(struct tspdm_view *rest)
{
	struct tspdm_view out = { NULL, 0 };

	if (rest->len < 2)
		return out;
	out.len = (size_t)rest->ptr[0] | (size_t)rest->ptr[1] << 8;
	rest->ptr += 2;
	rest->len -= 2;
	if (out.len > rest->len)
		out.len = rest->len;
	out.ptr = rest->ptr;
	rest->ptr += out.len;
	rest->len -= out.len;
	return out;
}

static void verify(struct tspdm_view rest, uint8_t options)
{
	uint8_t report[TSPDM_SNP_REPORT_LEN] = { 3, [0x34] = 1 };
	struct tspdm_view certificates[PIECES];
	struct tspdm_view given = piece(&rest);
	struct tspdm_snp_input in = { .size = sizeof in, .certificates = certificates, .certificate_count = PIECES };

	if (given.len != 0)
		memcpy(report, given.ptr, given.len < sizeof report ? given.len : sizeof report);
	in.evidence.tee = TSPDM_TEE_SEV_SNP;
	in.evidence.report = (struct tspdm_view){ report, sizeof report };
	in.evidence.certificates = piece(&rest);
	if ((options & NAMES_ROOTS) != 0)
		in.roots = piece(&rest);
	for (size_t i = 0; i < PIECES; i++)
		certificates[i] = piece(&rest);
	in.no_builtin_roots = (options & NO_BUILTIN) != 0;
	in.allow_standin = (options & STANDIN) != 0;
	in.require_crl = (options & REQUIRE_CRL) != 0;
	in.time = 1750000000;
	check(tspdm_snp_verify(&in, &finding) == finding.base.status);
	if (finding.base.status == TSPDM_OK)
		check((options & NAMES_ROOTS) != 0 && finding.base.anchor == TSPDM_ANCHOR_CONFIGURED);
	else
		check((int)finding.base.status < 0 && finding.base.checks.count != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size != 0)
		verify((struct tspdm_view){ data + 1, size - 1 }, data[0]);
	return 0;
}
