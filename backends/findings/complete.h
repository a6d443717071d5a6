/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The beginning of every verification, and its end: no failure was seen, but did everything run? */
#ifndef TSPDM_FINDINGS_COMPLETE_H
#define TSPDM_FINDINGS_COMPLETE_H

#include <tspdm/findings.h>

/* Zeroes what a verifier fills, a struct that begins with a struct tspdm_finding; but for the rows of its lists, which are
 * zeroed as they are taken: most are not, and memory that nobody ever wrote to takes none. */
void tspdm_finding_clear(void *finding, size_t size);

/* @param passed  a bit for each check that ran and passed
 * @param all     the bits that are needed; where one is missing and nothing failed, a check "complete" fails
 * @returns what the checks come to */
enum tspdm_status tspdm_checks_complete(struct tspdm_checks *checks, unsigned passed, unsigned all);

#endif
