/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Messages that contradict themselves or the standard, each with the one status that says so. */
#include "../../fuzz/wire_copy.h"
#include "wire_case.h"

#define OFFER "01 00 90000000 03000000 00*12 "
#define SELECTION "01 00 04000000 80000000 02000000 00*12 "
#define BLOCK_HEAD "13 61 01 00 00 0a 0000 f6021300 2a000000 ffffffff "
#define BLOCK "01 02 90000000 02000000 00*12 "

static const struct refusal {
	const char *name;
	uint8_t version;
	enum tspdm_status status;
	const char *message;
} refusals[] = {
	{ "VERSION with no entry", 0x10, TSPDM_ERR_LENGTH, "10 04 00 00 00 00" },
	{ "VERSION with no entry, but bytes", 0x10, TSPDM_ERR_LENGTH, "10 04 00 00 00 00 0012" },
	{ "VERSION with more entries than bytes", 0x10, TSPDM_ERR_TRUNCATED, "10 04 00 00 00 ff 0012" },

	{ "Length shorter than the header", 0x12, TSPDM_ERR_LENGTH, "12 e3 00 00 0500 " OFFER "00*4" },
	{ "Length zero", 0x12, TSPDM_ERR_LENGTH, "12 e3 00 00 0000 " OFFER "00*4" },
	{ "Length ends inside the fixed part", 0x12, TSPDM_ERR_LENGTH, "12 e3 00 00 1f00 " OFFER "00*4" },
	{ "Length leaves a rest", 0x12, TSPDM_ERR_LENGTH, "12 e3 00 00 2400 " OFFER "00*4 00*4" },
	{ "Length leaves a rest of one byte", 0x12, TSPDM_ERR_LENGTH, "12 e3 00 00 2100 " OFFER "00*4 00*4" },
	{ "Length beyond 128", 0x12, TSPDM_ERR_LENGTH, "12 e3 00 00 8400 " OFFER "00*4 00*100" },
	{ "Length 65535 and nothing there", 0x12, TSPDM_ERR_LENGTH, "12 e3 00 00 ffff " OFFER "00*4" },
	{ "Length beyond 64 in 1.0", 0x10, TSPDM_ERR_LENGTH, "10 e3 00 00 4400 " OFFER "09 00 00 00 aa*36" },
	{ "Length more than there is", 0x12, TSPDM_ERR_TRUNCATED, "12 e3 00 00 2400 " OFFER "00*4" },
	{ "tables counted, none there", 0x12, TSPDM_ERR_LENGTH, "12 e3 01 00 2000 " OFFER "00*4" },
	{ "255 tables counted", 0x12, TSPDM_ERR_LENGTH, "12 e3 ff 00 2400 " OFFER "00*4 02 20 1000" },
	{ "tables there, none counted", 0x12, TSPDM_ERR_LENGTH, "12 e3 00 00 2400 " OFFER "00*4 02 20 1000" },
	{ "tables in 1.0", 0x10, TSPDM_ERR_LENGTH, "10 e3 01 00 2400 " OFFER "00*4 02 20 1000" },
	{ "ExtAsym counted, none there", 0x12, TSPDM_ERR_LENGTH, "12 e3 00 00 2000 " OFFER "01 00 00 00" },
	{ "9 extended in 1.0", 0x10, TSPDM_ERR_LENGTH, "10 e3 00 00 4000 " OFFER "04 05 00 00 aa*32" },
	{ "21 extended", 0x12, TSPDM_ERR_LENGTH, "12 e3 00 00 7400 " OFFER "0a 0b 00 00 aa*84" },
	{ "510 extended", 0x12, TSPDM_ERR_LENGTH, "12 e3 00 00 7400 " OFFER "ff ff 00 00 aa*84" },
	{ "20 extended in lists, one in a table", 0x12, TSPDM_ERR_LENGTH,
		"12 e3 01 00 7800 " OFFER "0a 0a 00 00 aa*80 02 21 0000 aa*4" },
	{ "AlgExternal leaves Length", 0x12, TSPDM_ERR_LENGTH, "12 e3 01 00 2800 " OFFER "00*4 02 22 1000 aa*4" },
	{ "AlgType twice", 0x12, TSPDM_ERR_FIELD, "12 e3 02 00 2800 " OFFER "00*4 02 20 1000 02 20 1000" },
	{ "AlgType falls", 0x12, TSPDM_ERR_FIELD, "12 e3 02 00 2800 " OFFER "00*4 03 20 1000 02 20 1000" },
	{ "AlgType 0", 0x12, TSPDM_ERR_FIELD, "12 e3 01 00 2400 " OFFER "00*4 00 20 1000" },
	{ "AlgType 1", 0x12, TSPDM_ERR_FIELD, "12 e3 01 00 2400 " OFFER "00*4 01 20 1000" },
	{ "AlgType 6 before 1.4", 0x13, TSPDM_ERR_FIELD, "13 e3 01 00 2400 " OFFER "00*4 06 20 1000" },
	{ "AlgType 8", 0x14, TSPDM_ERR_FIELD, "14 e3 01 00 2400 " OFFER "00*4 08 20 1000" },
	{ "AlgType 255", 0x14, TSPDM_ERR_FIELD, "14 e3 01 00 2400 " OFFER "00*4 ff 20 1000" },
	{ "FixedAlgCount 0", 0x12, TSPDM_ERR_FIELD, "12 e3 01 00 2400 " OFFER "00*4 02 00 1000" },
	{ "FixedAlgCount 6", 0x12, TSPDM_ERR_FIELD, "12 e3 01 00 2800 " OFFER "00*4 02 60 1000 00*4" },
	{ "FixedAlgCount 15", 0x12, TSPDM_ERR_FIELD, "12 e3 01 00 2400 " OFFER "00*4 02 f0 1000" },

	{ "selection: Length leaves a rest", 0x12, TSPDM_ERR_LENGTH, "12 63 00 00 2800 " SELECTION "00*4 00*4" },
	{ "selection: Length inside the fixed part", 0x12, TSPDM_ERR_LENGTH, "12 63 00 00 2000 " SELECTION "00*4" },
	{ "selection: Length more than there is", 0x12, TSPDM_ERR_TRUNCATED, "12 63 00 00 2800 " SELECTION "00*4" },
	{ "selection: two ExtAsymSel", 0x12, TSPDM_ERR_LENGTH, "12 63 00 00 2c00 " SELECTION "02 00 0000 aa*8" },
	{ "selection: two ExtHashSel", 0x12, TSPDM_ERR_LENGTH, "12 63 00 00 2c00 " SELECTION "00 02 0000 aa*8" },
	{ "selection: two AlgExternal", 0x12, TSPDM_ERR_LENGTH, "12 63 01 00 3000 " SELECTION "00*4 02 22 0000 aa*8" },
	{ "selection: AlgType twice", 0x12, TSPDM_ERR_FIELD,
		"12 63 02 00 2c00 " SELECTION "00*4 05 20 0100 05 20 0100" },
	{ "selection: AlgType falls", 0x12, TSPDM_ERR_FIELD,
		"12 63 02 00 2c00 " SELECTION "00*4 05 20 0100 04 20 0100" },
	{ "selection: FixedAlgCount 4", 0x12, TSPDM_ERR_FIELD, "12 63 01 00 2800 " SELECTION "00*4 02 40 1000" },
	{ "selection: AlgType 7 before 1.4", 0x13, TSPDM_ERR_FIELD, "13 63 01 00 2800 " SELECTION "00*4 07 20 0100" },

	{ "block: Length one too much", 0x13, TSPDM_ERR_LENGTH, BLOCK_HEAD "00 00 1f00 " BLOCK "00*4" },
	{ "block: Length 0", 0x13, TSPDM_ERR_LENGTH, BLOCK_HEAD "00 00 0000 " BLOCK "00*4" },
	{ "block: tables counted, none there", 0x13, TSPDM_ERR_TRUNCATED, BLOCK_HEAD "01 00 1e00 " BLOCK "00*4" },
	{ "block: AlgType twice", 0x13, TSPDM_ERR_FIELD, BLOCK_HEAD "02 00 2600 " BLOCK "00*4 02 20 1000 02 20 1000" },
	{ "block: FixedAlgCount 3", 0x13, TSPDM_ERR_FIELD, BLOCK_HEAD "01 00 2200 " BLOCK "00*4 02 30 1000" },
	{ "block: 40 extended", 0x13, TSPDM_ERR_LENGTH, BLOCK_HEAD "00 00 be00 " BLOCK "14 14 00 00 aa*160" },

	{ "DIGESTS with fewer digests than bits", 0x12, TSPDM_ERR_TRUNCATED, "12 01 00 03 aa*48" },
	{ "DIGESTS with all bits", 0x12, TSPDM_ERR_TRUNCATED, "12 01 00 ff aa*383" },
	{ "CERTIFICATE with a longer portion", 0x12, TSPDM_ERR_TRUNCATED, "12 02 00 00 ffff 0000 aa*100" },
	{ "CERTIFICATE with a portion of 4 GiB", 0x14, TSPDM_ERR_TRUNCATED,
		"14 02 80 00 0000 0000 ffffffff 00000000 aa*100" },
	{ "CHALLENGE_AUTH with opaque data over 1024", 0x12, TSPDM_ERR_LENGTH,
		"12 03 00 01 ab*48 ee*32 5a*48 0104 0b*1025 51*96" },
	{ "CHALLENGE_AUTH with opaque data of 65535", 0x12, TSPDM_ERR_LENGTH,
		"12 03 00 01 ab*48 ee*32 5a*48 ffff 0b*9" },
	{ "CHALLENGE_AUTH 1.0 with opaque data over 1024", 0x10, TSPDM_ERR_LENGTH,
		"10 03 00 01 ab*48 ee*32 5a*48 0104 0b*1025 51*96" },
	{ "CHALLENGE_AUTH with opaque data into the signature", 0x12, TSPDM_ERR_TRUNCATED,
		"12 03 00 01 ab*48 ee*32 5a*48 0100 51*96" },
	{ "MEASUREMENTS: no blocks, but a record", 0x12, TSPDM_ERR_LENGTH,
		"12 60 00 00 00 070000 01 01 0300 81 0000 ee*32 0000 51*96" },
	{ "MEASUREMENTS: blocks, but no record", 0x12, TSPDM_ERR_LENGTH, "12 60 00 00 01 000000 ee*32 0000 51*96" },
	{ "MEASUREMENTS: record of 16 MiB", 0x12, TSPDM_ERR_TRUNCATED,
		"12 60 00 00 01 ffffff 01 01 0300 81 0000 ee*32 0000 51*96" },
	{ "MEASUREMENTS: opaque data over 1024", 0x12, TSPDM_ERR_LENGTH,
		"12 60 00 00 01 070000 01 01 0300 81 0000 ee*32 0104 0b*1025 51*96" },
	{ "VENDOR_DEFINED: VendorID past the end", 0x12, TSPDM_ERR_TRUNCATED, "12 fe 00 00 0300 ff 3412 0000" },
	{ "VENDOR_DEFINED: payload past the end", 0x12, TSPDM_ERR_TRUNCATED, "12 fe 00 00 0300 02 3412 ffff 77" },
	{ "VENDOR_DEFINED 1.4: 4 GiB", 0x14, TSPDM_ERR_TRUNCATED, "14 7e 80 00 0300 02 3412 0000 ffffffff 77" },
	{ "ERROR VendorDefined: Len past the end", 0x12, TSPDM_ERR_TRUNCATED, "12 7f ff 00 03 3412" },
	{ "ERROR VendorDefined: Len over 31", 0x12, TSPDM_ERR_LENGTH, "12 7f ff 00 20 1d*32" },
	{ "ERROR VendorDefined: Len 255", 0x12, TSPDM_ERR_LENGTH, "12 7f ff 00 ff 1d*255" },
};

static void a_contradictory_message_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct tspdm_view message = message_of(refusals[i].message);
		struct tspdm_shape shape = shape_of(refusals[i].version);
		struct tspdm_buffer out = { 0 };
		size_t used = 0;

		assert_status(copier_of(message.ptr[1])->copy(message, &shape, &out, &used), refusals[i].status,
			refusals[i].name);
		assert_int_equal(out.len, 0);
		free((void *)message.ptr);
	}
}

static const struct refusal records[] = {
	{ "empty", 0, TSPDM_ERR_TRUNCATED, "" },
	{ "Index only", 0, TSPDM_ERR_TRUNCATED, "01" },
	{ "half a MeasurementSize", 0, TSPDM_ERR_TRUNCATED, "01 01 03" },
	{ "MeasurementSize past the end", 0, TSPDM_ERR_TRUNCATED, "01 01 0400 81 0000" },
	{ "MeasurementSize 65535", 0, TSPDM_ERR_TRUNCATED, "01 01 ffff 81 0000" },
	{ "other specification past the end", 0, TSPDM_ERR_TRUNCATED, "01 02 0200 77" },
	{ "DMTF: MeasurementSize 0", 0, TSPDM_ERR_LENGTH, "01 01 0000" },
	{ "DMTF: MeasurementSize 2", 0, TSPDM_ERR_LENGTH, "01 01 0200 81 00" },
	{ "DMTF: value longer than its block", 0, TSPDM_ERR_LENGTH, "01 01 0400 81 0200 77 77" },
	{ "DMTF: value shorter than its block", 0, TSPDM_ERR_LENGTH, "01 01 0500 81 0100 77 77" },
	{ "DMTF: value size 65535", 0, TSPDM_ERR_LENGTH, "01 01 0400 81 ffff 77" },
};

static void a_block_that_contradicts_itself_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(records); i++) {
		struct tspdm_view record = message_of(records[i].message);
		struct tspdm_view left = record;
		struct tspdm_measurement_block block;

		assert_status(tspdm_next_block(&left, &block), records[i].status, records[i].name);
		assert_ptr_equal(left.ptr, record.ptr);
		assert_int_equal(left.len, record.len);
		free((void *)record.ptr);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_contradictory_message_is_refused),
		cmocka_unit_test(a_block_that_contradicts_itself_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
