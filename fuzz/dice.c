/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Fuzzes the reading of what a certificate says of its device: tspdm_dice_read() and, behind it, the reader of each
 * extension. The first byte tells which. What was understood lies inside the input and keeps to the limits of the header;
 * what was refused leaves nothing behind. */
#include <stdlib.h>
#include <string.h>

#include "../backends/device-report/dice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_so)
{
	if (!is_so)
		abort();
}

static void check_inside(struct tspdm_view part, struct tspdm_view whole)
{
	check(part.len == 0 || (part.ptr >= whole.ptr && part.len <= whole.len &&
				       (size_t)(part.ptr - whole.ptr) <= whole.len - part.len));
}

static void check_fwids(const struct tspdm_dice_fwid *fwids, unsigned count, struct tspdm_view whole)
{
	check(count <= TSPDM_DICE_FWIDS_MAX);
	for (unsigned i = 0; i < count; i++) {
		check(fwids[i].digest.len != 0 && fwids[i].digest.len <= TSPDM_DICE_DIGEST_MAX &&
			fwids[i].oid.len != 0);
		check(fwids[i].hash == 0 ||
			fwids[i].digest.len == tspdm_algorithm_size(TSPDM_KIND_HASH, fwids[i].hash));
		check_inside(fwids[i].digest, whole);
		check_inside(fwids[i].oid, whole);
	}
}

static void check_tcb_info(const struct tspdm_dice_tcb_info *info, struct tspdm_view whole)
{
	const struct tspdm_view parts[] = { info->vendor, info->model, info->version, info->vendor_info, info->type,
		info->device_key };

	check(info->form == TSPDM_DICE_TCG || info->form == TSPDM_DICE_COMPOSITE);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		check_inside(parts[i], whole);
	check_fwids(info->fwids, info->fwid_count, whole);
	check(info->register_count <= TSPDM_DICE_REGISTERS_MAX);
	for (unsigned i = 0; i < info->register_count; i++)
		check_fwids(info->registers[i].digests, info->registers[i].digest_count, whole);
}

static void check_said(const struct tspdm_dice *dice, struct tspdm_view whole)
{
	check(dice->tcb_info_count <= TSPDM_DICE_TCB_INFOS_MAX && dice->wrapper_count <= TSPDM_DICE_WRAPPERS_MAX);
	for (unsigned i = 0; i < dice->tcb_info_count; i++)
		check_tcb_info(&dice->tcb_infos[i], whole);
	for (unsigned i = 0; i < dice->wrapper_count; i++) {
		check(memchr(dice->wrappers[i].type, 0, sizeof dice->wrappers[i].type) != NULL);
		check(dice->wrappers[i].form != 0 && dice->wrappers[i].whole.len != 0);
		check_inside(dice->wrappers[i].whole, whole);
	}
	check(dice->ueid.len <= TSPDM_DICE_UEID_MAX);
	check_inside(dice->ueid, whole);
	check_inside(dice->device_info, whole);
}

static void run_certificate(struct tspdm_view certificate, struct tspdm_dice *dice)
{
	if (tspdm_dice_read(certificate, dice) == TSPDM_OK)
		check_said(dice, certificate);
	else
		check(dice->tcb_info_count == 0 && dice->wrapper_count == 0 && dice->ueid.len == 0 &&
			dice->device_info.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool (*const readers[])(struct tspdm_view, struct tspdm_dice *) = { tspdm_dice_read_tcb_info,
		tspdm_dice_read_multi_tcb_info, tspdm_dice_read_ueid, tspdm_dice_read_dice_wrapper,
		tspdm_dice_read_pkix_wrapper, tspdm_dice_read_names };
	static struct tspdm_dice dice;
	struct tspdm_view rest;
	unsigned which;

	if (size == 0)
		return 0;
	rest = (struct tspdm_view){ data + 1, size - 1 };
	which = data[0] % (sizeof readers / sizeof readers[0] + 1);
	memset(&dice, 0, sizeof dice);
	if (which == 0)
		run_certificate(rest, &dice);
	else if (readers[which - 1](rest, &dice))
		check_said(&dice, rest);
	return 0;
}
