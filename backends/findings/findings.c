/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Lists of checks and claims: how any evidence verifier writes down what it found. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "complete.h"

/* Texts hold pieces of hostile evidence (names, provider ids) and end up on terminals. */
static void keep_printable(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
			*text = '?';
}

static void print(char *out, size_t cap, const char *format, va_list args)
{
	out[0] = '\0';
	if (format == NULL)
		return;
	if (vsnprintf(out, cap, format, args) < 0)
		out[0] = '\0';
	keep_printable(out);
}

/* With what is behind it up to `end`. */
static void clear_from(void *start, size_t from, size_t end)
{
	memset((uint8_t *)start + from, 0, end - from);
}

void tspdm_finding_clear(void *finding, size_t size)
{
	const size_t checks = offsetof(struct tspdm_finding, checks.items);
	const size_t behind_checks = offsetof(struct tspdm_finding, checks.count);
	const size_t claims = offsetof(struct tspdm_finding, claims.items);
	const size_t behind_claims = offsetof(struct tspdm_finding, claims.count);

	clear_from(finding, 0, checks);
	clear_from(finding, behind_checks, claims);
	clear_from(finding, behind_claims, size);
}

static struct tspdm_check *append_check(
	struct tspdm_checks *checks, const char *name, enum tspdm_check_result result, enum tspdm_status status)
{
	struct tspdm_check *check;

	if (checks->count >= TSPDM_CHECKS_MAX) {
		checks->lost++;
		return NULL;
	}
	check = &checks->items[checks->count++];
	*check = (struct tspdm_check){ .name = name, .result = (uint8_t)result, .status = status };
	return check;
}

void tspdm_checks_add(struct tspdm_checks *checks, const char *name, enum tspdm_status status, const char *format, ...)
{
	enum tspdm_check_result result = status == TSPDM_OK ? TSPDM_CHECK_OK : TSPDM_CHECK_FAILED;
	struct tspdm_check *check = append_check(checks, name, result, status);
	va_list args;

	if (check == NULL)
		return;
	va_start(args, format);
	print(check->detail, sizeof check->detail, format, args);
	va_end(args);
}

void tspdm_checks_skip(struct tspdm_checks *checks, const char *name, const char *format, ...)
{
	struct tspdm_check *check = append_check(checks, name, TSPDM_CHECK_SKIPPED, TSPDM_OK);
	va_list args;

	if (check == NULL)
		return;
	va_start(args, format);
	print(check->detail, sizeof check->detail, format, args);
	va_end(args);
}

static bool has_failed(const struct tspdm_check *check)
{
	return check->result != TSPDM_CHECK_OK && check->result != TSPDM_CHECK_SKIPPED;
}

enum tspdm_status tspdm_checks_status(const struct tspdm_checks *checks)
{
	if (checks->count == 0 || checks->count > TSPDM_CHECKS_MAX)
		return TSPDM_ERR_ARGUMENT;
	for (unsigned i = 0; i < checks->count; i++) {
		const struct tspdm_check *check = &checks->items[i];

		if (has_failed(check)) /* a failure without a reason is one all the same */
			return (int)check->status < 0 ? check->status : TSPDM_ERR_STATE;
	}
	return checks->lost == 0 ? TSPDM_OK : TSPDM_ERR_BUFFER;
}

enum tspdm_status tspdm_checks_complete(struct tspdm_checks *checks, unsigned passed, unsigned all)
{
	enum tspdm_status status = tspdm_checks_status(checks);

	if (status != TSPDM_OK || passed == all)
		return status;
	tspdm_checks_add(checks, "complete", TSPDM_ERR_STATE, "a check that is needed did not run (0x%x)", passed);
	return TSPDM_ERR_STATE;
}

const struct tspdm_check *tspdm_checks_find(const struct tspdm_checks *checks, const char *name)
{
	const struct tspdm_check *found = NULL;

	for (unsigned i = 0; i < checks->count && i < TSPDM_CHECKS_MAX; i++) {
		const struct tspdm_check *check = &checks->items[i];

		if (check->name == NULL || strcmp(check->name, name) != 0)
			continue;
		if (has_failed(check))
			return check;
		if (found == NULL)
			found = check;
	}
	return found;
}

struct tspdm_claim *tspdm_claims_add(struct tspdm_claims *claims, const char *name, enum tspdm_claim_kind kind)
{
	struct tspdm_claim *claim;

	if (claims->count >= TSPDM_CLAIMS_MAX) {
		claims->lost++;
		return NULL;
	}
	claim = &claims->items[claims->count++];
	*claim = (struct tspdm_claim){ .name = name, .kind = (uint8_t)kind };
	return claim;
}

void tspdm_claims_bytes(struct tspdm_claims *claims, const char *name, struct tspdm_view bytes)
{
	struct tspdm_claim *claim = tspdm_claims_add(claims, name, TSPDM_CLAIM_BYTES);

	if (claim != NULL)
		claim->bytes = bytes;
}

void tspdm_claims_number(struct tspdm_claims *claims, const char *name, uint64_t number)
{
	struct tspdm_claim *claim = tspdm_claims_add(claims, name, TSPDM_CLAIM_NUMBER);

	if (claim != NULL)
		claim->number = number;
}

void tspdm_claims_flags(struct tspdm_claims *claims, const char *name, uint64_t flags)
{
	struct tspdm_claim *claim = tspdm_claims_add(claims, name, TSPDM_CLAIM_FLAGS);

	if (claim != NULL)
		claim->number = flags;
}

void tspdm_claims_text(struct tspdm_claims *claims, const char *name, const char *format, ...)
{
	struct tspdm_claim *claim = tspdm_claims_add(claims, name, TSPDM_CLAIM_TEXT);
	va_list args;

	if (claim == NULL)
		return;
	va_start(args, format);
	print(claim->text, sizeof claim->text, format, args);
	va_end(args);
}

void tspdm_claims_null(struct tspdm_claims *claims, const char *name)
{
	(void)tspdm_claims_add(claims, name, TSPDM_CLAIM_NULL);
}

const struct tspdm_claim *tspdm_claims_find(const struct tspdm_claims *claims, const char *name)
{
	for (unsigned i = 0; i < claims->count && i < TSPDM_CLAIMS_MAX; i++)
		if (claims->items[i].name != NULL && strcmp(claims->items[i].name, name) == 0)
			return &claims->items[i];
	return NULL;
}

const char *tspdm_anchor_kind_name(enum tspdm_anchor_kind kind)
{
	switch (kind) {
	case TSPDM_ANCHOR_BUILTIN:
		return "hardware";
	case TSPDM_ANCHOR_CONFIGURED:
		return "configured";
	case TSPDM_ANCHOR_STANDIN:
		return "stand-in";
	case TSPDM_ANCHOR_NONE:
		break;
	}
	return "none";
}
