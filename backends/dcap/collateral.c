/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * TCB info and QE identity: signed by Intel under the same root, valid at that time, about this platform; and what
 * follows from them. Intel PCS API version 4. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509_vfy.h>

#include "internal.h"

#define PCS "https://api.trustedservices.intel.com/"

static bool has_name(const X509 *certificate, const char *wanted)
{
	char name[X509_NAME_TEXT_MAX];

	tspdm_x509_common_name(X509_get_subject_name(certificate), name);
	return strcmp(name, wanted) == 0;
}

static bool is_same_key(const X509 *a, const X509 *b)
{
	uint8_t da[32], db[32];

	return tspdm_x509_spki_digest(a, da) && tspdm_x509_spki_digest(b, db) && memcmp(da, db, sizeof da) == 0;
}

/* The TCB signing certificate first, then perhaps the root: which may be another issue of it, of the same key. */
static const char *signer_fault(struct dcap_job *job, const struct dcap_certificates *list)
{
	X509 *signer = list->items[0];
	X509 *root = list->count > 1 ? list->items[1] : job->root;

	if (list->count > 2 || !has_name(signer, "Intel SGX TCB Signing"))
		return "the signing chain is not that of an Intel SGX TCB Signing certificate";
	if (job->root == NULL || !is_same_key(root, job->root))
		return "the signing chain leads to another root than the PCK's";
	if (!tspdm_dcap_is_p256(signer) ||
		tspdm_dcap_path_verify(job->input->signatures, signer, NULL, root) != X509_V_OK)
		return "the TCB signing certificate is not one of the root's";
	if (X509_check_ca(signer) != 0 || (X509_get_key_usage(signer) & KU_DIGITAL_SIGNATURE) == 0)
		return "the TCB signing certificate may not be used for signing";
	job->is_signing_root_stale |= !tspdm_dcap_is_valid_at(root, job->input->time);
	return NULL;
}

static X509 *load_signer(struct dcap_job *job, struct tspdm_view pem, const char **why)
{
	struct dcap_certificates list;
	X509 *signer = NULL;

	*why = "the signing chain is missing, or not a sequence of PEM certificates and nothing else";
	if (!tspdm_dcap_read_pem(pem, &list))
		return NULL;
	*why = signer_fault(job, &list);
	if (*why == NULL && X509_up_ref(list.items[0]) == 1)
		signer = list.items[0];
	tspdm_dcap_certificates_free(&list);
	return signer;
}

/* @returns the signed object; empty on failure */
static struct tspdm_view open_signed(
	struct dcap_job *job, struct tspdm_view json, const char *name, X509 *signer, const char **why)
{
	static const struct tspdm_view none = { NULL, 0 };
	uint8_t signature[P256_SIGNATURE_LEN];
	struct tspdm_view object;

	*why = "is missing";
	if (json.len == 0)
		return none;
	*why = "does not have the form of the service's answer: the object and its signature";
	if (!tspdm_dcap_cut_signed(json, name, &object, signature))
		return none;
	*why = "is not signed by the TCB signing certificate: it was altered, or reformatted";
	if (!tspdm_dcap_verify_by_signer(
		    job->input->signatures, signer, object, (struct tspdm_view){ signature, sizeof signature }))
		return none;
	return object;
}

static bool refuse(struct dcap_job *job, const char *what, const char *why, const char *key)
{
	tspdm_checks_add(job->checks, "collateral.signature", TSPDM_ERR_COLLATERAL, "%s: %s%s%s", what, why,
		key != NULL ? " " : "", key != NULL ? key : "");
	return false;
}

static bool refuse_for_memory(struct dcap_job *job)
{
	tspdm_dcap_note(job, "collateral.signature", TSPDM_ERR_MEMORY, 0, "no memory to read it");
	return false;
}

static bool load_tcb_info(struct dcap_job *job)
{
	static const char form[] = "this member is missing or malformed:";
	const char *why;
	const char *key;
	struct tspdm_view object;
	struct dcap_tcb_info *info;

	job->tcb_signer = load_signer(job, job->input->collateral.tcb_signing_chain, &why);
	if (job->tcb_signer == NULL)
		return refuse(job, "TCB info", why, NULL);
	object = open_signed(job, job->input->collateral.tcb_info, "tcbInfo", job->tcb_signer, &why);
	if (object.len == 0)
		return refuse(job, "TCB info", why, NULL);
	info = malloc(sizeof *info);
	if (info == NULL)
		return refuse_for_memory(job);
	if (tspdm_dcap_read_tcb_info(object, job->td != NULL, info, &key)) {
		job->tcb_info = info;
		return true;
	}
	free(info);
	return refuse(job, "TCB info", form, key);
}

static bool load_qe_identity(struct dcap_job *job)
{
	static const char form[] = "this member is missing or malformed:";
	const struct tspdm_dcap_collateral *collateral = &job->input->collateral;
	bool has_own = collateral->qe_identity_signing_chain.len != 0;
	const char *why;
	const char *key;
	struct tspdm_view object;
	struct dcap_qe_identity *identity;

	job->qe_signer =
		load_signer(job, has_own ? collateral->qe_identity_signing_chain : collateral->tcb_signing_chain, &why);
	if (job->qe_signer == NULL)
		return refuse(job, "QE identity", why, NULL);
	object = open_signed(job, collateral->qe_identity, "enclaveIdentity", job->qe_signer, &why);
	if (object.len == 0)
		return refuse(job, "QE identity", why, NULL);
	identity = malloc(sizeof *identity);
	if (identity == NULL)
		return refuse_for_memory(job);
	if (tspdm_dcap_read_qe_identity(object, job->td != NULL, identity, &key)) {
		job->identity = identity;
		return true;
	}
	free(identity);
	return refuse(job, "QE identity", form, key);
}

static bool has_any(const struct tspdm_dcap_collateral *c)
{
	return c->tcb_info.len != 0 || c->qe_identity.len != 0 || c->tcb_signing_chain.len != 0 ||
	       c->qe_identity_signing_chain.len != 0;
}

static void tell_missing(struct dcap_job *job)
{
	const char *tee = job->td != NULL ? "tdx" : "sgx";
	char fmspc[13] = "...";

	for (size_t i = 0; i < sizeof job->pck->fmspc && job->pck->is_read; i++)
		snprintf(fmspc + 2 * i, 3, "%02x", job->pck->fmspc[i]);
	if (job->input->without_collateral) {
		tspdm_checks_skip(job->checks, "tcb.status", "TCB not evaluated: there is no collateral");
		job->passed |= DCAP_RAN_ABOUT_COLLATERAL;
		return;
	}
	tspdm_checks_add(job->checks, "tcb.status", TSPDM_ERR_COLLATERAL,
		"TCB not evaluated: collateral is missing; fetch it from " PCS
		"%s/certification/v4/tcb?fmspc=%s and " PCS "%s/certification/v4/qe/identity",
		tee, fmspc, tee);
}

static const char *stale_part(const struct dcap_job *job)
{
	int64_t now = job->input->time;
	int64_t grace = (int64_t)job->input->grace_s;

	if (job->tcb_info->validity.issued.seconds > now || job->tcb_info->validity.expires.seconds + grace < now)
		return "the TCB info";
	if (job->identity->validity.issued.seconds > now || job->identity->validity.expires.seconds + grace < now)
		return "the QE identity";
	if (!tspdm_dcap_is_valid_at(job->tcb_signer, now) || !tspdm_dcap_is_valid_at(job->qe_signer, now) ||
		job->is_signing_root_stale)
		return "the TCB signing certificate or its root";
	return NULL;
}

static void check_time(struct dcap_job *job)
{
	const char *stale = stale_part(job);
	char at[DCAP_TIME_TEXT];

	tspdm_dcap_time_text(job->input->time, at);
	if (stale != NULL) {
		tspdm_checks_add(job->checks, "collateral.time", TSPDM_ERR_COLLATERAL,
			"collateral expired, or not yet valid: %s is not valid at %s (TCB info %s to %s, QE identity "
			"%s to "
			"%s)",
			stale, at, job->tcb_info->validity.issued.text, job->tcb_info->validity.expires.text,
			job->identity->validity.issued.text, job->identity->validity.expires.text);
		return;
	}
	tspdm_checks_add(job->checks, "collateral.time", TSPDM_OK, "valid at %s", at);
	job->passed |= DCAP_RAN_COLLATERAL_TIME;
}

static void take_validity(struct dcap_job *job)
{
	struct tspdm_tcb *tcb = job->tcb;

	tcb->evaluation_number = job->tcb_info->validity.evaluation_number;
	tcb->qe_evaluation_number = job->identity->validity.evaluation_number;
	tcb->tcb_info_issued = job->tcb_info->validity.issued.seconds;
	tcb->tcb_info_expires = job->tcb_info->validity.expires.seconds;
	tcb->qe_identity_issued = job->identity->validity.issued.seconds;
	tcb->qe_identity_expires = job->identity->validity.expires.seconds;
}

void tspdm_dcap_read_collateral(struct dcap_job *job)
{
	bool ok;

	if (!has_any(&job->input->collateral)) {
		tell_missing(job);
		return;
	}
	ok = load_tcb_info(job);
	ok = load_qe_identity(job) && ok;
	if (!ok)
		return;
	tspdm_dcap_note(job, "collateral.signature", TSPDM_OK, DCAP_RAN_COLLATERAL,
		"TCB info and QE identity are signed under the same root");
	take_validity(job);
	check_time(job);
}

/* ---- What follows ---- */

static bool check_platform(struct dcap_job *job)
{
	const struct dcap_tcb_info *info = job->tcb_info;
	bool ok = job->pck->is_read && memcmp(info->fmspc, job->pck->fmspc, sizeof info->fmspc) == 0 &&
		  memcmp(info->pce_id, job->pck->pce_id, sizeof info->pce_id) == 0;

	tspdm_dcap_note(job, "tcb.platform", ok ? TSPDM_OK : TSPDM_ERR_COLLATERAL, DCAP_RAN_PLATFORM,
		ok ? "the TCB info is that of the PCK's FMSPC and PCEID"
		   : "the TCB info is of another FMSPC or PCEID than the PCK");
	return ok;
}

static const char *module_difference(const struct tspdm_td_report *td, const struct dcap_module *module)
{
	if (module == NULL)
		return "the TCB info has no identity for this version of the TDX module";
	if (memcmp(td->mr_signer_seam, module->mr_signer, sizeof td->mr_signer_seam) != 0)
		return "MRSIGNERSEAM is not that of Intel's TDX module";
	for (size_t i = 0; i < sizeof td->seam_attributes; i++)
		if ((td->seam_attributes[i] & module->attributes_mask[i]) != module->attributes[i])
			return "SEAMATTRIBUTES are not those of Intel's TDX module";
	return NULL;
}

static void check_module(struct dcap_job *job)
{
	const char *difference;

	if (job->td == NULL) {
		job->passed |= DCAP_RAN_MODULE;
		return;
	}
	difference = module_difference(job->td, tspdm_dcap_module_of(job->tcb_info, job->td->tee_tcb_svn[1]));
	tspdm_dcap_note(job, "tdx.module", difference == NULL ? TSPDM_OK : TSPDM_ERR_TCB_STATUS, DCAP_RAN_MODULE,
		difference != NULL ? difference : "signer and attributes are those of the identity");
}

static void check_evaluation(struct dcap_job *job)
{
	const struct tspdm_tcb *tcb = job->tcb;
	uint32_t min = job->input->min_evaluation_number;
	bool ok = tcb->evaluation_number >= min && tcb->qe_evaluation_number >= min;

	tspdm_checks_add(job->checks, "tcb.evaluation", ok ? TSPDM_OK : TSPDM_ERR_COLLATERAL,
		"tcbEvaluationDataNumber %u and %u%s%.0u", tcb->evaluation_number, tcb->qe_evaluation_number,
		ok ? "" : ", but the least accepted is ", ok ? 0 : min);
	job->passed |= ok ? DCAP_RAN_EVALUATION : 0U;
}

static bool is_accepted(const struct dcap_job *job)
{
	enum tspdm_tcb_status status = job->tcb->status;

	if (status == TSPDM_TCB_UP_TO_DATE)
		return true;
	return status != TSPDM_TCB_NOT_EVALUATED && status != TSPDM_TCB_REVOKED && status != TSPDM_TCB_NOT_SUPPORTED &&
	       (job->input->accept_tcb & TSPDM_TCB_BIT(status)) != 0;
}

static void check_status(struct dcap_job *job)
{
	const struct dcap_platform platform = { .pck = job->pck, .qe = job->qe, .td = job->td };
	bool ok;

	tspdm_dcap_evaluate(&platform, job->tcb_info, job->identity, job->tcb);
	ok = is_accepted(job) && job->tcb->advisories_lost == 0;
	tspdm_checks_add(job->checks, "tcb.status", ok ? TSPDM_OK : TSPDM_ERR_TCB_STATUS,
		"%s%s%s, %u advisories (platform %s, module %s, quoting enclave %s)",
		tspdm_tcb_status_name(job->tcb->status), job->tcb->date[0] != '\0' ? ", level of " : "", job->tcb->date,
		job->tcb->advisory_count, tspdm_tcb_status_name(job->td != NULL ? job->tcb->tdx : job->tcb->sgx),
		tspdm_tcb_status_name(job->tcb->module), tspdm_tcb_status_name(job->tcb->qe));
	job->passed |= ok ? DCAP_RAN_TCB_STATUS : 0U;
}

void tspdm_dcap_check_tcb(struct dcap_job *job)
{
	if ((job->passed & DCAP_RAN_COLLATERAL) == 0 || job->tcb_info == NULL) /* said already, or done without */
		return;
	check_module(job);
	check_evaluation(job);
	if (check_platform(job))
		check_status(job);
	else
		tspdm_checks_skip(job->checks, "tcb.status", "TCB not evaluated");
}
