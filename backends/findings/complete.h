/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The end of every verification: no failure was seen, but did everything run? */
#ifndef TSPDM_FINDINGS_COMPLETE_H
#define TSPDM_FINDINGS_COMPLETE_H

#include <tspdm/findings.h>

/* @param passed  a bit for each check that ran and passed
 * @param all     the bits that are needed; where one is missing and nothing failed, a check "complete" fails
 * @returns what the checks come to */
enum tspdm_status tspdm_checks_complete(struct tspdm_checks *checks, unsigned passed, unsigned all);

#endif
