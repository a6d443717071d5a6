/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The readers behind tspdm_dice_read(), one for each extension. `value` is the content of extnValue. */
#ifndef TSPDM_DEVICE_REPORT_DICE_H
#define TSPDM_DEVICE_REPORT_DICE_H

#include <tspdm/dice.h>

/* Each appends to what is there, and refuses what is malformed or has no room. */
bool tspdm_dice_read_tcb_info(struct tspdm_view value, struct tspdm_dice *out);
bool tspdm_dice_read_multi_tcb_info(struct tspdm_view value, struct tspdm_dice *out);
bool tspdm_dice_read_ueid(struct tspdm_view value, struct tspdm_dice *out);
bool tspdm_dice_read_dice_wrapper(struct tspdm_view value, struct tspdm_dice *out);
bool tspdm_dice_read_pkix_wrapper(struct tspdm_view value, struct tspdm_dice *out);
/* A subjectAltName: takes DMTF's otherName, if there is one. */
bool tspdm_dice_read_names(struct tspdm_view value, struct tspdm_dice *out);

#endif
