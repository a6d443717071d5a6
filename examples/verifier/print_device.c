/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a device's report says, for a person; the measurement blocks are printed as those of a connection are. */
#include <stdio.h>
#include <string.h>

#include "verifier.h"

/* Names come from the device; nothing of them may steer the terminal. */
static void print_text(const char *label, struct tspdm_view text)
{
	if (text.len == 0)
		return;
	printf("%s", label);
	for (size_t i = 0; i < text.len && i < 200; i++)
		putchar(text.ptr[i] < 0x20 || text.ptr[i] == 0x7F ? '?' : text.ptr[i]);
}

static const char *algorithm_name(enum tspdm_algorithm_kind kind, uint32_t bit)
{
	const struct tspdm_algorithm *row = tspdm_algorithm_by_bit(kind, bit);

	return row != NULL ? row->name : "unknown hash";
}

static void print_flags(const struct tspdm_dice_tcb_info *info, const char *bad, const char *end)
{
	if (!info->has_flags)
		return;
	printf(", flags");
	for (unsigned bit = 0; bit < 32; bit++)
		if ((info->flags & 1U << bit) != 0 && tspdm_dice_flag_name(bit) != NULL)
			printf(" %s%s%s", bad, tspdm_dice_flag_name(bit), end);
	if (info->flags == 0)
		printf(" none");
}

static void print_fwids(const struct tspdm_dice_fwid *fwids, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		printf("    FWID       %s ", algorithm_name(TSPDM_KIND_HASH, fwids[i].hash));
		print_hex(fwids[i].digest);
		printf("\n");
	}
}

static void print_tcb_info(
	const struct tspdm_dice_tcb_info *info, unsigned certificate, const char *bad, const char *end)
{
	printf("  TcbInfo      certificate %u%s", certificate,
		info->form == TSPDM_DICE_COMPOSITE ? ", composite device id" : "");
	print_text(", vendor ", info->vendor);
	print_text(", model ", info->model);
	print_text(", version ", info->version);
	if (info->has_svn)
		printf(", SVN %llu", (unsigned long long)info->svn);
	if (info->has_layer)
		printf(", layer %llu", (unsigned long long)info->layer);
	print_flags(info, bad, end);
	printf("\n");
	print_fwids(info->fwids, info->fwid_count);
	for (unsigned i = 0; i < info->register_count; i++)
		print_fwids(info->registers[i].digests, info->registers[i].digest_count);
}

static void print_dice(const struct tspdm_dice *dice, unsigned certificate, const char *bad, const char *end)
{
	for (unsigned i = 0; i < dice->tcb_info_count; i++)
		print_tcb_info(&dice->tcb_infos[i], certificate, bad, end);
	if (dice->ueid.len != 0) {
		printf("  UEID         ");
		print_hex(dice->ueid);
		printf("\n");
	}
	for (unsigned i = 0; i < dice->wrapper_count; i++) {
		const struct tspdm_dice_wrapper *w = &dice->wrappers[i];

		printf("  message      certificate %u, %s", certificate, tspdm_dice_wrapper_form_name(w->form));
		print_text(", ", (struct tspdm_view){ (const uint8_t *)w->type, strlen(w->type) });
		printf(", %zu bytes\n", w->whole.len);
	}
	print_text("  device       ", dice->device_info);
	if (dice->device_info.len != 0)
		printf("\n");
}

void print_device(const struct tspdm_device_finding *f, const char *bad, const char *end)
{
	if (f->version == 0)
		return;
	printf("  report       SPDM %u.%u, %u blocks, %s%s%s\n", f->version >> 4, f->version & 0xFU, f->block_count,
		f->is_signed ? "" : bad, f->is_signed ? "signed" : "NOT SIGNED BY THIS DEVICE",
		f->is_signed ? "" : end);
	for (unsigned i = 0; i < f->certificate_count; i++)
		print_dice(&f->certificates[i].dice, i, bad, end);
}
