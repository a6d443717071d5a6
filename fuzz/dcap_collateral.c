/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes tspdm_tdx_verify() and tspdm_sgx_verify() with hostile collateral: certificate chains in PEM, CRLs, signed JSON. The
 * input is a byte of options, then pieces behind a 16-bit length: quote, TCB info, QE identity, TCB signing chain, chain of
 * the QE identity, PCK CRL, its issuers, root CRL, PCK chain, roots. Where a quote is accepted, nothing failed and nothing
 * that was demanded is missing. */
#include <stdlib.h>
#include <string.h>

#include <tspdm/sgx.h>
#include <tspdm/tdx.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	NAMES_ROOTS = 1,
	NO_BUILTIN = 2,
	STANDIN = 4,
	REQUIRE_CRL = 8,
	WITHOUT_COLLATERAL = 16,
	ACCEPT_ANY = 32,
	DEBUG = 64
};

static struct tspdm_tdx_finding tdx;
static struct tspdm_sgx_finding sgx;

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

static void look_at(const struct tspdm_finding *base, const struct tspdm_dcap_input *in, const struct tspdm_tcb *tcb,
	bool crl_checked)
{
	const struct tspdm_dcap_collateral *c = &in->collateral;

	check(base->status == TSPDM_OK || ((int)base->status < 0 && base->checks.count != 0));
	check(!crl_checked || (c->pck_crl.len != 0 && c->root_ca_crl.len != 0));
	if (base->status != TSPDM_OK)
		return;
	for (unsigned i = 0; i < base->checks.count; i++)
		check(base->checks.items[i].result != TSPDM_CHECK_FAILED);
	check(base->checks.lost == 0 && base->anchor != TSPDM_ANCHOR_NONE);
	check(base->anchor != TSPDM_ANCHOR_BUILTIN || !in->no_builtin_roots);
	check(base->anchor != TSPDM_ANCHOR_STANDIN || in->allow_standin);
	check(base->anchor != TSPDM_ANCHOR_CONFIGURED || in->roots.len != 0);
	check(crl_checked || !in->require_crl);
	check(tcb->status == TSPDM_TCB_UP_TO_DATE || in->accept_tcb != 0 || in->without_collateral);
	check(tcb->status != TSPDM_TCB_REVOKED && tcb->status != TSPDM_TCB_NOT_SUPPORTED);
	check(tcb->status != TSPDM_TCB_NOT_EVALUATED || in->without_collateral);
}

static void verify(struct tspdm_view rest, uint8_t options)
{
	struct tspdm_dcap_input in = { .size = sizeof in, .time = 1750400000 /* 2025-06-20 */ };

	in.evidence.report = piece(&rest);
	in.collateral.tcb_info = piece(&rest);
	in.collateral.qe_identity = piece(&rest);
	in.collateral.tcb_signing_chain = piece(&rest);
	in.collateral.qe_identity_signing_chain = piece(&rest);
	in.collateral.pck_crl = piece(&rest);
	in.collateral.pck_crl_issuer_chain = piece(&rest);
	in.collateral.root_ca_crl = piece(&rest);
	in.pck_chain = piece(&rest);
	if ((options & NAMES_ROOTS) != 0)
		in.roots = piece(&rest);
	in.no_builtin_roots = (options & NO_BUILTIN) != 0;
	in.allow_standin = (options & STANDIN) != 0;
	in.require_crl = (options & REQUIRE_CRL) != 0;
	in.without_collateral = (options & WITHOUT_COLLATERAL) != 0;
	in.accept_tcb = (options & ACCEPT_ANY) != 0 ? UINT32_MAX : 0;
	in.allow_debug = (options & DEBUG) != 0;
	in.evidence.tee = TSPDM_TEE_TDX;
	if (tspdm_tdx_verify(&in, &tdx) != TSPDM_ERR_ARGUMENT)
		look_at(&tdx.base, &in, &tdx.tcb, tdx.crl_checked);
	in.evidence.tee = TSPDM_TEE_SGX;
	if (tspdm_sgx_verify(&in, &sgx) != TSPDM_ERR_ARGUMENT)
		look_at(&sgx.base, &in, &sgx.tcb, sgx.crl_checked);
	check(tdx.base.status != TSPDM_OK || sgx.base.status != TSPDM_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size != 0)
		verify((struct tspdm_view){ data + 1, size - 1 }, data[0]);
	return 0;
}
