/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * From SVNs to a status: Intel's matching of levels, the TDX module's and the quoting enclave's own levels, and how the
 * three become one. Intel PCS API version 4 "TCB info" and "Enclave identity": how to determine the TCB status. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "internal.h"

/* In the order of enum tspdm_tcb_status. */
static const char *const status_names[] = { "NotEvaluated", "UpToDate", "SWHardeningNeeded", "ConfigurationNeeded",
	"ConfigurationAndSWHardeningNeeded", "OutOfDate", "OutOfDateConfigurationNeeded", "TDRelaunchAdvised",
	"TDRelaunchAdvisedConfigurationNeeded", "Revoked", "NotSupported" };

enum { STATUS_COUNT = sizeof status_names / sizeof status_names[0] };
_Static_assert(STATUS_COUNT == TSPDM_TCB_NOT_SUPPORTED + 1, "a name for each status");

const char *tspdm_tcb_status_name(enum tspdm_tcb_status status)
{
	return (unsigned)status < STATUS_COUNT ? status_names[status] : status_names[0];
}

enum tspdm_tcb_status tspdm_tcb_status_of_name(const char *name)
{
	for (unsigned i = 0; i < STATUS_COUNT; i++)
		if (strcmp(name, status_names[i]) == 0)
			return (enum tspdm_tcb_status)i;
	return TSPDM_TCB_NOT_EVALUATED;
}

static bool reaches_sgx(const struct tspdm_pck *pck, const struct dcap_level *level)
{
	for (size_t i = 0; i < DCAP_COMPONENTS; i++)
		if (pck->component_svn[i] < level->sgx[i])
			return false;
	return pck->pce_svn >= level->pce_svn;
}

/* Where the module has a major version, components 0 and 1 are the module's and are judged by its own levels. */
static bool reaches_tdx(const uint8_t svn[DCAP_COMPONENTS], const struct dcap_level *level)
{
	for (size_t i = svn[1] != 0 ? 2 : 0; i < DCAP_COMPONENTS; i++)
		if (svn[i] < level->tdx[i])
			return false;
	return svn[1] != 0 || level->tdx[1] == svn[1];
}

static const struct dcap_level *find_level(
	const struct dcap_platform *platform, const struct dcap_tcb_info *info, bool tdx)
{
	for (unsigned i = 0; i < info->level_count; i++)
		if (reaches_sgx(platform->pck, &info->levels[i]) &&
			(!tdx || reaches_tdx(platform->td->tee_tcb_svn, &info->levels[i])))
			return &info->levels[i];
	return NULL;
}

static const struct dcap_isv_level *find_isv_level(const struct dcap_isv_levels *levels, uint16_t svn)
{
	for (unsigned i = 0; i < levels->count; i++)
		if (levels->items[i].isv_svn <= svn)
			return &levels->items[i];
	return NULL;
}

const struct dcap_module *tspdm_dcap_module_of(const struct dcap_tcb_info *info, uint8_t major)
{
	char id[8];

	if (major == 0)
		return &info->module;
	snprintf(id, sizeof id, "TDX_%02x", major);
	for (unsigned i = 0; i < info->module_count; i++)
		if (strcasecmp(info->modules[i].id, id) == 0)
			return &info->modules[i];
	return NULL;
}

enum tspdm_tcb_status tspdm_dcap_converge(enum tspdm_tcb_status platform, enum tspdm_tcb_status other)
{
	if (platform == TSPDM_TCB_NOT_SUPPORTED || other == TSPDM_TCB_NOT_SUPPORTED)
		return TSPDM_TCB_NOT_SUPPORTED;
	if (platform == TSPDM_TCB_REVOKED || other == TSPDM_TCB_REVOKED)
		return TSPDM_TCB_REVOKED;
	if (other != TSPDM_TCB_OUT_OF_DATE)
		return platform;
	if (platform == TSPDM_TCB_UP_TO_DATE || platform == TSPDM_TCB_SW_HARDENING_NEEDED)
		return TSPDM_TCB_OUT_OF_DATE;
	if (platform == TSPDM_TCB_CONFIGURATION_NEEDED || platform == TSPDM_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED)
		return TSPDM_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
	return platform;
}

/* ---- Advisories: of all levels that counted, sorted, each once ---- */

static void add_advisory(struct tspdm_tcb *out, const char *id)
{
	unsigned at = 0;

	while (at < out->advisory_count && strcmp(out->advisories[at], id) < 0)
		at++;
	if (at < out->advisory_count && strcmp(out->advisories[at], id) == 0)
		return;
	if (out->advisory_count == TSPDM_ADVISORIES_MAX) {
		out->advisories_lost++;
		return;
	}
	memmove(out->advisories[at + 1], out->advisories[at], (out->advisory_count - at) * sizeof out->advisories[0]);
	snprintf(out->advisories[at], sizeof out->advisories[at], "%s", id);
	out->advisory_count++;
}

static void add_advisories(struct tspdm_tcb *out, const struct dcap_advisories *list)
{
	for (unsigned i = 0; i < list->count; i++)
		add_advisory(out, list->items[i]);
}

static enum tspdm_tcb_status take_isv_level(struct tspdm_tcb *out, const struct dcap_isv_level *level)
{
	if (level == NULL)
		return TSPDM_TCB_NOT_SUPPORTED;
	add_advisories(out, &level->advisories);
	return level->status;
}

/* ---- A newer module was loaded after the TD was started ---- */

static bool has_configuration(enum tspdm_tcb_status status)
{
	return status == TSPDM_TCB_CONFIGURATION_NEEDED || status == TSPDM_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED ||
	       status == TSPDM_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

static bool is_outdated(enum tspdm_tcb_status status)
{
	return status == TSPDM_TCB_OUT_OF_DATE || status == TSPDM_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

/* Whether it is the module alone that keeps the TD from being up to date. */
static bool is_module_at_fault(const struct tspdm_tcb *tcb)
{
	bool platform_is_good = tcb->sgx == TSPDM_TCB_UP_TO_DATE || tcb->sgx == TSPDM_TCB_SW_HARDENING_NEEDED ||
				tcb->sgx == TSPDM_TCB_CONFIGURATION_NEEDED ||
				tcb->sgx == TSPDM_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED;
	bool qe_is_good =
		tcb->qe != TSPDM_TCB_OUT_OF_DATE && tcb->qe != TSPDM_TCB_REVOKED && tcb->qe != TSPDM_TCB_NOT_SUPPORTED;

	return platform_is_good && qe_is_good && is_outdated(tcb->status) && tcb->module == TSPDM_TCB_OUT_OF_DATE;
}

static bool is_newest(const uint8_t svn[DCAP_COMPONENTS], const struct dcap_tcb_info *info)
{
	const struct dcap_level *newest = &info->levels[0];
	const struct dcap_module *module = tspdm_dcap_module_of(info, svn[1]);

	if (info->level_count == 0 || svn[2] < newest->tdx[2])
		return false;
	if (svn[1] == 0)
		return svn[0] >= newest->tdx[0];
	return module != NULL && module->levels.count != 0 && svn[0] >= module->levels.items[0].isv_svn;
}

static void advise_relaunch(
	const struct dcap_platform *platform, const struct dcap_tcb_info *info, struct tspdm_tcb *out)
{
	if (!platform->td->is_td15 || !is_module_at_fault(out) || !is_newest(platform->td->tee_tcb_svn_2, info))
		return;
	out->status = has_configuration(out->sgx) || has_configuration(out->status)
			      ? TSPDM_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
			      : TSPDM_TCB_TD_RELAUNCH_ADVISED;
}

/* ---- All together ---- */

static void evaluate_module(
	const struct dcap_platform *platform, const struct dcap_tcb_info *info, struct tspdm_tcb *out)
{
	const struct dcap_module *module = tspdm_dcap_module_of(info, platform->td->tee_tcb_svn[1]);

	if (platform->td->tee_tcb_svn[1] == 0)
		return;
	if (module != NULL)
		snprintf(out->module_id, sizeof out->module_id, "%s", module->id);
	out->module = module == NULL
			      ? TSPDM_TCB_NOT_SUPPORTED
			      : take_isv_level(out, find_isv_level(&module->levels, platform->td->tee_tcb_svn[0]));
	out->status = tspdm_dcap_converge(out->status, out->module);
}

static void evaluate_platform(
	const struct dcap_platform *platform, const struct dcap_tcb_info *info, struct tspdm_tcb *out)
{
	const struct dcap_level *sgx = find_level(platform, info, false);
	const struct dcap_level *level = platform->td != NULL ? find_level(platform, info, true) : sgx;

	out->sgx = sgx != NULL ? sgx->status : TSPDM_TCB_NOT_SUPPORTED;
	out->status = level != NULL ? level->status : TSPDM_TCB_NOT_SUPPORTED;
	if (platform->td != NULL)
		out->tdx = out->status;
	if (level == NULL)
		return;
	snprintf(out->date, sizeof out->date, "%s", level->date.text);
	out->date_s = level->date.seconds;
	add_advisories(out, &level->advisories);
}

void tspdm_dcap_evaluate(const struct dcap_platform *platform, const struct dcap_tcb_info *info,
	const struct dcap_qe_identity *identity, struct tspdm_tcb *out)
{
	const struct dcap_isv_level *qe = find_isv_level(&identity->levels, platform->qe->isv_svn);

	out->qe = qe != NULL ? qe->status : TSPDM_TCB_NOT_SUPPORTED;
	evaluate_platform(platform, info, out);
	if (platform->td != NULL && out->status != TSPDM_TCB_NOT_SUPPORTED) {
		evaluate_module(platform, info, out);
		advise_relaunch(platform, info, out);
	}
	(void)take_isv_level(out, qe);
	out->status = tspdm_dcap_converge(out->status, out->qe);
}
