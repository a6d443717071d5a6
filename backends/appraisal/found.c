/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What can be asked of findings without knowing which TEE they are about. */
#include <string.h>

#include <tspdm/appraisal.h>

#define BYTES(array) ((struct tspdm_view){ (array), sizeof(array) })
#define NOTHING ((struct tspdm_view){ NULL, 0 })

const struct tspdm_finding *tspdm_found_base(const struct tspdm_found *found)
{
	if (found->snp != NULL)
		return &found->snp->base;
	if (found->tdx != NULL)
		return &found->tdx->base;
	if (found->sgx != NULL)
		return &found->sgx->base;
	return found->device != NULL ? &found->device->base : NULL;
}

/* A quote whose form was wrong has no body. */
struct tspdm_view tspdm_found_report_data(const struct tspdm_found *found)
{
	if (found->snp != NULL)
		return found->snp->report.version != 0 ? BYTES(found->snp->report.report_data) : NOTHING;
	if (found->tdx != NULL)
		return found->tdx->quote.body.len != 0 ? BYTES(found->tdx->report.report_data) : NOTHING;
	if (found->sgx != NULL)
		return found->sgx->quote.body.len != 0 ? BYTES(found->sgx->report.report_data) : NOTHING;
	return NOTHING;
}

#define DIFFERS(a, b, field) (memcmp((a)->field, (b)->field, sizeof(a)->field) != 0)

static const char *snp_difference(const struct tspdm_snp_report *a, const struct tspdm_snp_report *b)
{
	if (DIFFERS(a, b, chip_id))
		return "chips";
	if (DIFFERS(a, b, measurement))
		return "measurements";
	if (DIFFERS(a, b, report_id))
		return "guests (REPORT_ID)";
	if (a->policy != b->policy)
		return "guest policies";
	return DIFFERS(a, b, host_data) ? "host data" : NULL;
}

static const char *platform_difference(const struct tspdm_pck *a, const struct tspdm_pck *b)
{
	return DIFFERS(a, b, ppid) || DIFFERS(a, b, fmspc) ? "platforms (PPID)" : NULL;
}

/* RTMRs grow while a TD runs, so they may differ between two quotes of one TD. */
static const char *tdx_difference(const struct tspdm_tdx_finding *a, const struct tspdm_tdx_finding *b)
{
	const struct tspdm_td_report *x = &a->report, *y = &b->report;

	if (platform_difference(&a->pck, &b->pck) != NULL)
		return platform_difference(&a->pck, &b->pck);
	if (DIFFERS(x, y, mr_td))
		return "measurements";
	if (DIFFERS(x, y, td_attributes) || DIFFERS(x, y, xfam))
		return "TD attributes";
	if (DIFFERS(x, y, mr_config_id) || DIFFERS(x, y, mr_owner) || DIFFERS(x, y, mr_owner_config))
		return "configurations or owners";
	return DIFFERS(x, y, mr_service_td) ? "service TDs" : NULL;
}

static const char *sgx_difference(const struct tspdm_sgx_finding *a, const struct tspdm_sgx_finding *b)
{
	const struct tspdm_sgx_report *x = &a->report, *y = &b->report;

	if (platform_difference(&a->pck, &b->pck) != NULL)
		return platform_difference(&a->pck, &b->pck);
	if (DIFFERS(x, y, mr_enclave) || DIFFERS(x, y, mr_signer))
		return "measurements";
	if (DIFFERS(x, y, attributes))
		return "enclave attributes";
	return DIFFERS(x, y, config_id) || x->config_svn != y->config_svn ? "configurations" : NULL;
}

const char *tspdm_found_difference(const struct tspdm_found *a, const struct tspdm_found *b)
{
	if (a->snp != NULL && b->snp != NULL)
		return snp_difference(&a->snp->report, &b->snp->report);
	if (a->tdx != NULL && b->tdx != NULL)
		return tdx_difference(a->tdx, b->tdx);
	if (a->sgx != NULL && b->sgx != NULL)
		return sgx_difference(a->sgx, b->sgx);
	return "TEEs";
}

const struct tspdm_found *tspdm_subject_evidence(const struct tspdm_subject *subject)
{
	if (tspdm_found_base(&subject->session_evidence) != NULL)
		return &subject->session_evidence;
	return tspdm_found_base(&subject->evidence) != NULL ? &subject->evidence : &subject->certificate_evidence;
}
