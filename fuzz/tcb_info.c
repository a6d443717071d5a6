/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes what reads collateral: tspdm_dcap_cut_signed(), tspdm_dcap_read_tcb_info(), tspdm_dcap_read_qe_identity(), and
 * the matching of levels behind them. Signatures do not matter here: it is as if Intel had signed anything. The first
 * byte chooses: TCB info of TDX or SGX, QE identity, or the answer of the service with its signature. */
#include <stdlib.h>
#include <string.h>

#include "../backends/dcap/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dcap_tcb_info info;
static struct dcap_qe_identity identity;
static struct tspdm_tcb tcb;

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void look_at_isv_levels(const struct dcap_isv_levels *levels)
{
	check(levels->count >= 1 && levels->count <= DCAP_MODULE_LEVELS_MAX);
	for (unsigned i = 1; i < levels->count; i++)
		check(levels->items[i - 1].isv_svn >= levels->items[i].isv_svn);
}

static void evaluate(uint8_t svn)
{
	struct tspdm_pck pck = { .is_read = true, .pce_svn = svn };
	struct tspdm_sgx_report qe = { .isv_svn = svn };
	struct tspdm_td_report td = { .is_td15 = true };
	struct dcap_platform platform = { &pck, &qe, info.is_tdx ? &td : NULL };

	memset(pck.component_svn, svn, sizeof pck.component_svn);
	memset(td.tee_tcb_svn, svn, sizeof td.tee_tcb_svn);
	td.tee_tcb_svn[1] = svn & 1;
	memset(td.tee_tcb_svn_2, svn, sizeof td.tee_tcb_svn_2);
	td.tee_tcb_svn_2[1] = 1;
	tspdm_dcap_builtin_qe(info.is_tdx, &identity); /* without levels: below every one */
	memset(&tcb, 0, sizeof tcb);
	tspdm_dcap_evaluate(&platform, &info, &identity, &tcb);
	check(tcb.status == TSPDM_TCB_NOT_SUPPORTED && tcb.advisory_count <= TSPDM_ADVISORIES_MAX);
	identity.levels.count = 1;
	identity.levels.items[0] = (struct dcap_isv_level){ .status = TSPDM_TCB_UP_TO_DATE };
	memset(&tcb, 0, sizeof tcb);
	tspdm_dcap_evaluate(&platform, &info, &identity, &tcb);
	check(tcb.status != TSPDM_TCB_NOT_EVALUATED);
	check(tcb.status != TSPDM_TCB_UP_TO_DATE || tcb.sgx != TSPDM_TCB_NOT_SUPPORTED);
	for (unsigned i = 1; i < tcb.advisory_count; i++)
		check(strcmp(tcb.advisories[i - 1], tcb.advisories[i]) < 0);
}

static void read_info(struct tspdm_view text, bool is_tdx)
{
	const char *why;

	if (!tspdm_dcap_read_tcb_info(text, is_tdx, &info, &why)) {
		check(why != NULL);
		return;
	}
	check(why == NULL && info.level_count >= 1 && info.level_count <= DCAP_LEVELS_MAX);
	check(info.module_count <= DCAP_MODULES_MAX);
	for (unsigned i = 0; i < info.module_count; i++)
		look_at_isv_levels(&info.modules[i].levels);
	evaluate(0);
	evaluate(5);
	evaluate(255);
}

static void read_identity(struct tspdm_view text, bool is_tdx)
{
	static const struct tspdm_sgx_report qe;
	const char *why;

	if (!tspdm_dcap_read_qe_identity(text, is_tdx, &identity, &why)) {
		check(why != NULL);
		return;
	}
	look_at_isv_levels(&identity.levels);
	(void)tspdm_dcap_qe_difference(&identity, &qe);
}

static void cut(struct tspdm_view text)
{
	uint8_t signature[P256_SIGNATURE_LEN];
	struct tspdm_view object;

	if (!tspdm_dcap_cut_signed(text, "tcbInfo", &object, signature))
		return;
	check(object.ptr > text.ptr && object.ptr + object.len < text.ptr + text.len);
	check(object.ptr[0] == '{' && object.ptr[object.len - 1] == '}');
	read_info(object, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tspdm_view text = { data + 1, size - 1 };

	if (size == 0)
		return 0;
	switch (data[0] % 5) {
	case 0:
		read_info(text, true);
		break;
	case 1:
		read_info(text, false);
		break;
	case 2:
		read_identity(text, true);
		break;
	case 3:
		read_identity(text, false);
		break;
	default:
		cut(text);
		break;
	}
	return 0;
}
