/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * How evidence verifiers tell what they found: a list of checks, a list of claims, the anchor. The form is the same for
 * each TEE, so that appraisal, JSON output and people can read any of them.
 *
 *	for (unsigned i = 0; i < finding->checks.count; i++)
 *		printf("%s %s\n", finding->checks.items[i].name, finding->checks.items[i].detail);
 */
#ifndef TSPDM_FINDINGS_H
#define TSPDM_FINDINGS_H

#include <tspdm/evidence.h>

#ifdef __cplusplus
extern "C" {
#endif

enum tspdm_check_result {
	TSPDM_CHECK_FAILED = 0, /**< zeroed memory is a failure, never a success */
	TSPDM_CHECK_OK,
	TSPDM_CHECK_SKIPPED,    /**< could not or was not asked to run; visible */
};

enum { TSPDM_CHECKS_MAX = 96, TSPDM_CLAIMS_MAX = 64, TSPDM_DETAIL_MAX = 400 };

/** One check. Names are stable: "parse", "anchor", "chain", "chain.time", "revocation", "report.signature", "tcb.match",
 * "hwid", "key.kind", "product", "pck.extension", "qe.report.signature", "qe.report.data", "quote.signature", "qe.identity",
 * "collateral.signature", "collateral.time", "tcb.platform", "tdx.module", "tcb.evaluation", "tcb.status", "binding.certificate", "binding.measurement", "policy.debug", "policy.measurement" … */
struct tspdm_check {
	const char *name;      /**< constant */
	uint8_t result;        /**< enum tspdm_check_result */
	enum tspdm_status status; /**< the reason of a failure */
	char detail[TSPDM_DETAIL_MAX]; /**< what was seen and expected, and for a failure what to do; may be empty */
};

struct tspdm_checks {
	struct tspdm_check items[TSPDM_CHECKS_MAX];
	unsigned count;
	unsigned lost; /**< checks that found no room; not 0 is a failure */
};

/** Appends a check. Any status but TSPDM_OK makes it a failure. Evidence is hostile and details are shown to people:
 * what is not printable ASCII becomes '?'. @param format  printf form of the detail; NULL: none */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
TSPDM_API void tspdm_checks_add(
	struct tspdm_checks *checks, const char *name, enum tspdm_status status, const char *format, ...);
/** As tspdm_checks_add(), for a check that was skipped, and for a remark that is no failure. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
TSPDM_API void tspdm_checks_skip(struct tspdm_checks *checks, const char *name, const char *format, ...);
/** @returns the first failure; TSPDM_ERR_ARGUMENT where there is no check at all; TSPDM_ERR_BUFFER where none failed but
 * some were lost; TSPDM_OK only if every check ran or was skipped and none failed */
TSPDM_API enum tspdm_status tspdm_checks_status(const struct tspdm_checks *checks);
/** @returns the check of this name, the first one that failed if several have it; NULL if there is none */
TSPDM_API const struct tspdm_check *tspdm_checks_find(const struct tspdm_checks *checks, const char *name);

/** How a claim is shown. */
enum tspdm_claim_kind {
	TSPDM_CLAIM_BYTES,  /**< lower-case hex */
	TSPDM_CLAIM_NUMBER, /**< decimal */
	TSPDM_CLAIM_FLAGS,  /**< "0x…" text */
	TSPDM_CLAIM_TEXT,
	TSPDM_CLAIM_TCB,    /**< an object of components */
	TSPDM_CLAIM_NULL,   /**< the evidence has no such field */
};

/** One statement of the evidence. Names as in the JSON output: "measurement", "report_data", "policy", "reported_tcb" … */
struct tspdm_claim {
	const char *name; /**< constant */
	uint8_t kind;     /**< enum tspdm_claim_kind */
	struct tspdm_view bytes; /**< BYTES: inside the finding */
	uint64_t number;  /**< NUMBER, FLAGS */
	char text[64];    /**< TEXT */
	struct {
		const char *name; /**< constant; NULL ends the list */
		unsigned value;
	} parts[8]; /**< TCB */
};

struct tspdm_claims {
	struct tspdm_claim items[TSPDM_CLAIMS_MAX];
	unsigned count;
	unsigned lost; /**< claims that found no room */
};

/** Appends a claim without a value yet. @returns the claim, to be filled; NULL if there is no room */
TSPDM_API struct tspdm_claim *tspdm_claims_add(struct tspdm_claims *claims, const char *name, enum tspdm_claim_kind kind);
/** @param bytes  kept as a view: inside the finding */
TSPDM_API void tspdm_claims_bytes(struct tspdm_claims *claims, const char *name, struct tspdm_view bytes);
TSPDM_API void tspdm_claims_number(struct tspdm_claims *claims, const char *name, uint64_t number);
TSPDM_API void tspdm_claims_flags(struct tspdm_claims *claims, const char *name, uint64_t flags);
/** Cut to fit; what is not printable ASCII becomes '?'. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
TSPDM_API void tspdm_claims_text(struct tspdm_claims *claims, const char *name, const char *format, ...);
TSPDM_API void tspdm_claims_null(struct tspdm_claims *claims, const char *name);
/** @returns the claim of this name; NULL if there is none */
TSPDM_API const struct tspdm_claim *tspdm_claims_find(const struct tspdm_claims *claims, const char *name);

enum tspdm_anchor_kind {
	TSPDM_ANCHOR_NONE = 0,
	TSPDM_ANCHOR_BUILTIN,    /**< a root whose fingerprint is in the library: genuine hardware */
	TSPDM_ANCHOR_CONFIGURED, /**< a root that the user named */
	TSPDM_ANCHOR_STANDIN,    /**< the software TEE: not hardware */
};
/** @returns "none", "hardware", "configured" or "stand-in" */
TSPDM_API const char *tspdm_anchor_kind_name(enum tspdm_anchor_kind kind);

/** What every verifier fills. */
struct tspdm_finding {
	enum tspdm_status status; /**< TSPDM_OK only if the evidence is genuine under the anchors given */
	enum tspdm_tee tee;
	enum tspdm_anchor_kind anchor; /**< where the chain leads, also where another check failed; NONE without a sound chain */
	char anchor_name[64];     /**< subject CN of the root */
	uint8_t anchor_spki[32];  /**< SHA-256 of its SubjectPublicKeyInfo */
	struct tspdm_checks checks;
	struct tspdm_claims claims;
};

#ifdef __cplusplus
}
#endif
#endif
