/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What an appraisal leaves behind: the policy that would accept it (--write-policy), and a signed result for others to
 * rely on (--result). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tspdm/result.h>

#include "verifier.h"

enum { POLICY_MAX = 1 << 18 };

/* ---- Files ---- */

/* @param flags  how to open it: O_EXCL or O_TRUNC */
static bool write_file(const char *path, int flags, const char *text, size_t len, const char *end)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
	bool is_good = fd >= 0 && file_write_all(fd, (struct tspdm_view){ (const uint8_t *)text, len }) &&
		       file_write_all(fd, (struct tspdm_view){ (const uint8_t *)end, strlen(end) });
	int error = errno;

	if (fd >= 0 && close(fd) != 0 && is_good) {
		is_good = false;
		error = errno;
	}
	if (!is_good)
		fprintf(stderr, "tspdm-verifier: %s: %s\n", path, strerror(error));
	return is_good;
}

/* ---- --write-policy ---- */

/* Debugging, or migration: what a person must not overlook in a policy that was written for him. */
static bool is_open_to_host(const struct tspdm_found *found)
{
	if (found->snp != NULL)
		return (found->snp->report.policy & (TSPDM_SNP_POLICY_DEBUG | TSPDM_SNP_POLICY_MIGRATE_MA)) != 0;
	if (found->tdx != NULL)
		return found->tdx->report.is_debug ||
		       (found->tdx->report.attributes & TSPDM_TDX_ATTRIBUTE_MIGRATABLE) != 0;
	return found->sgx != NULL && found->sgx->is_debug;
}

void suggestion_warn(const struct appraisal *a)
{
	const struct tspdm_found *found = tspdm_found_base(&a->subject.evidence) != NULL
						  ? &a->subject.evidence
						  : &a->subject.certificate_evidence;
	const struct tspdm_finding *f = tspdm_found_base(found);

	if (f != NULL && is_open_to_host(found))
		fprintf(stderr, "tspdm-verifier: it would trust a guest that its host can look into\n");
	if (f != NULL && f->anchor == TSPDM_ANCHOR_STANDIN)
		fprintf(stderr, "tspdm-verifier: it would trust a software TEE, which anyone can forge\n");
}

bool suggestion_make(const struct appraisal *a, struct tspdm_buffer *out)
{
	*out = (struct tspdm_buffer){ malloc(POLICY_MAX), POLICY_MAX, 0 };
	return out->ptr != NULL && tspdm_policy_suggest(&a->subject, out) == TSPDM_OK;
}

/* A failure that precedes the policy is not one that a policy could cure: there is nothing to write then. */
static bool write_policy(const struct options *o, const struct appraisal *a)
{
	const struct tspdm_verdict *v = &a->verdict;
	bool is_known_good = v->status == TSPDM_OK || v->status == TSPDM_ERR_POLICY;
	struct tspdm_buffer text = { NULL, 0, 0 };
	bool is_good = is_known_good && suggestion_make(a, &text);

	if (!is_good)
		fprintf(stderr, "tspdm-verifier: --write-policy: nothing written: no policy would accept this\n");
	else
		is_good = write_file(o->write_policy, O_EXCL, (const char *)text.ptr, text.len, "\n");
	if (is_good) {
		fprintf(stderr, "tspdm-verifier: %s: the policy that would accept it; read it before you use it\n",
			o->write_policy);
		suggestion_warn(a);
	}
	free(text.ptr);
	return is_good;
}

/* ---- --result ---- */

enum tspdm_status result_sign(
	const struct material *m, const struct tspdm_subject *subject, const struct tspdm_verdict *verdict, char **jwt)
{
	const struct tspdm_result_config config = {
		.size = sizeof config,
		.policy = m->policy,
		.policy_text = { m->policy_text.bytes, m->policy_text.len },
		.key = { m->sign_key.bytes, m->sign_key.len },
		.build = m->options->program,
	};

	return tspdm_result_ear(subject, verdict, &config, jwt);
}

bool result_write(const struct material *m, const struct appraisal *a)
{
	const char *given = hand_over_text(a); /* all have the same one: a second signature would make another */
	enum tspdm_status status = TSPDM_OK;
	char *jwt = NULL;
	bool is_good;

	if (m->options->result == NULL)
		return true;
	if (given == NULL)
		status = result_sign(m, &a->subject, &a->verdict, &jwt);
	is_good = status == TSPDM_OK;
	if (!is_good) {
		fprintf(stderr, "tspdm-verifier: --result: %s\n", tspdm_status_text(status));
	} else {
		const char *text = given != NULL ? given : jwt;

		is_good = write_file(m->options->result, O_TRUNC, text, strlen(text), "\n");
	}
	free(jwt);
	return is_good;
}

/* ---- --bundle ---- */

/* One that was read is the same again, and has the messages; it is copied by other means. */
static bool write_bundle(const struct material *m, const struct appraisal *a)
{
	struct tspdm_buffer bytes = { NULL, 0, 0 };
	enum tspdm_status status = a->bundle != NULL ? TSPDM_ERR_STATE : bundle_make(m, a, &bytes);
	const char *why = status == TSPDM_ERR_STATE      ? "it is a bundle already"
			  : status == TSPDM_ERR_ARGUMENT ? "nothing came that could be kept"
							 : tspdm_status_text(status);
	bool is_good = status == TSPDM_OK;

	if (!is_good)
		fprintf(stderr, "tspdm-verifier: --bundle: nothing written: %s\n", why);
	else
		is_good = write_file(m->options->bundle, O_TRUNC, (const char *)bytes.ptr, bytes.len, "");
	free(bytes.ptr);
	return is_good;
}

/* ---- What main.c needs ---- */

/* Tried before anybody is asked anything: a key that does not fit shows at once. */
static bool try_key(const struct material *m, char *why)
{
	static const struct tspdm_subject nobody;
	struct tspdm_verdict *verdict = calloc(1, sizeof *verdict);
	char *jwt = NULL;
	enum tspdm_status status = verdict != NULL ? result_sign(m, &nobody, verdict, &jwt) : TSPDM_ERR_MEMORY;

	free(jwt);
	free(verdict);
	if (status == TSPDM_ERR_KEY)
		snprintf(why, WHY_MAX, "--sign-key %.200s: must be an EC private key, P-256 or P-384, not encrypted",
			m->options->sign_key);
	else if (status != TSPDM_OK)
		snprintf(why, WHY_MAX, "--sign-key: %s", tspdm_status_text(status));
	return status == TSPDM_OK;
}

bool outcome_prepare(struct material *m, char *why)
{
	const struct options *o = m->options;

	if (o->write_policy != NULL && access(o->write_policy, F_OK) == 0) {
		snprintf(why, WHY_MAX, "--write-policy %.200s: is there already, and is not overwritten",
			o->write_policy);
		return false;
	}
	if (o->sign_key == NULL)
		return true;
	return file_read(o->sign_key, &m->sign_key, why) && try_key(m, why);
}

bool outcome_write(const struct material *m, const struct appraisal *a)
{
	bool is_good = m->options->write_policy == NULL || write_policy(m->options, a);

	is_good = (m->options->bundle == NULL || write_bundle(m, a)) && is_good;
	return result_write(m, a) && is_good;
}
