# What is wrong with a roster (`member import`). For the union's staff; none quotes a cell.

# The whole file

roster-file-too-large = The file is larger than { $most } MB. Divide the members among several files.
roster-file-empty = The file is empty. Was the export finished?
roster-file-workbook = This is no CSV but a spreadsheet's workbook (.xlsx and the like). Open it in a spreadsheet and save it as CSV.
roster-file-other-than-utf-8 = The file is { $found }. Open it in a spreadsheet and save it as "CSV UTF-8 (Comma delimited)".
roster-file-other-than-cp932 = The file is { $found }. Open it in a spreadsheet and save it as "CSV (Comma delimited)".
roster-file-other-separator = The columns are divided by tabs or semicolons. Save the file as CSV with commas.
roster-file-not-utf-8 = Line { $line } is not UTF-8. Save the file again as UTF-8.
roster-file-not-cp932 = Line { $line } is not CP932 (Shift_JIS). Save the file again as CP932.
roster-file-cp932-instead-of-utf-8 = The file is CP932 (Shift_JIS), and the union's setting is UTF-8. Save it as UTF-8, or say encoding = "cp932" under [import] of the union's file.
roster-file-utf-8-instead-of-cp932 = The file is UTF-8, and the union's setting is CP932 (Shift_JIS). Save it as CP932, or say encoding = "utf-8" under [import] of the union's file.
roster-file-open-quote = The quote opened on line { $line } is never closed. Check the quotes of that line.
roster-file-columns-missing = The first line has no column { $wanted }. Found: { $found }. Correct the header, or [import.columns] of the union's file.
roster-file-column-twice = There are two columns "{ $header }". Keep one.
roster-file-column-alike = Did you mean "{ $wanted }" by "{ $found }"? Correct the header, or [import.columns] of the union's file.
roster-file-too-many-columns = There are more than { $most } columns. Is this a roster?
roster-file-header-only = There is a header and no member below it. Check what was exported.
roster-file-too-many-rows = There are more than { $most } rows. Divide the members among several files.
roster-header = "{ $header }"

# A row

roster-row-ragged = { $found } fields, where the header has { $wanted }.
roster-row-stray-quote = A quote in the middle of the field. Quote the whole field and double the quotes in it.
roster-row-field-too-long = The field is too long (at most { $most } bytes).
roster-row-control-character = An invisible character, such as a line end. Remove it.
roster-row-number-twice = The same number stands on line { $line }.
roster-row-birth-date-missing = The birth date is missing.
roster-birth-date-six-digits = The year has two digits. Write four, or a Japanese year.
roster-birth-date-unreadable = Not a birth date. Examples: 19790822, 1979/8/22, 昭和54年8月22日, S54.8.22
roster-birth-date-no-such-day = There is no such day.
roster-birth-date-future = The day is in the future.
roster-birth-date-too-long-ago = The day is more than 120 years ago.
roster-row-birth-date-time = There is a time behind the birth date. Leave the day only (0:00 may stay).
roster-row-birth-date-serial = A spreadsheet's count of days. Format the column as a date and save it again.
roster-row-name-missing = The name is missing.
roster-row-too-long = Too long (at most { $most } characters).
roster-row-user-id-malformed = Not a user ID: at most 64 letters, digits and signs, without spaces or kana.
roster-row-user-id-twice = The same user ID stands on line { $line }.
roster-row-user-id-taken = Another member has this user ID.
roster-row-user-id-resting = Another member had this user ID within the year. Choose another.
roster-row-temp-password-alone = A temporary password without a user ID.
roster-row-email-malformed = Not a mail address. Write a single one.

# A part of the number

roster-number-missing = The number is missing.
roster-number-not-digits = Write the number in digits only, and a branch in its own column.
roster-number-too-long = Too long (at most { $most } characters).
roster-number-not-a-branch = A branch is a number from 0 to 99.
roster-number-character = A character that no symbol has. Use digits, letters, kana, kanji and hyphens.

# What a spreadsheet left in a cell

roster-spreadsheet-exponent = A spreadsheet made an exponent of it (1.23E+05), and digits are lost. Export it again from the source, formatted as text.
roster-spreadsheet-error-value = An error shown by a spreadsheet (#NAME?, ####); the value is lost. Export it again from the source.
roster-spreadsheet-formula = A formula of a spreadsheet (= or + in front). Format the column as text and leave only the value (0012 of ="0012").
roster-spreadsheet-apostrophe = There is an apostrophe in front, which marks text in spreadsheets. Remove it.
roster-spreadsheet-date = It looks like a date: a spreadsheet may have made one of 1-2. Export it again from the source, formatted as text.
roster-spreadsheet-amount = There is a comma, a point or a sign of currency, as in amounts. Format the column as text and leave only digits.
roster-spreadsheet-sign = There are brackets, an asterisk, or a hyphen at an end: spreadsheets turn (12) into -12. Write it as in the source.

# Rows that came in all the same

roster-note-email-twice = Comes in without its address: line { $earlier } has the same.
roster-note-email-taken = Comes in without its address: another member has the same.
roster-last-day-unreadable = The last day cannot be read as a date. Write year, month and day: 2026-11-30.
roster-last-day-no-such-day = The calendar has no such last day.
roster-last-day-too-far = The last day is more than two years ahead. Check the year; leave the cell empty for whoever stays.
roster-last-day-before-birth = The last day is before the birth date. One of them is wrong.
roster-row-former-in-file = Line { $line } has the person of the former number with that number still. If it is one person, keep one row. Where numbers move up one after the other, import two files.
roster-row-former-twice = Line { $line } names the same former number.
roster-row-former-born-otherwise = The member with the former number was born on another day. Is it another person's number? If it is the same person, correct the birth date first.
roster-row-former-beside-new = The new number and the former one are two members here. If they are one person, make them one with member move, from the former number to the new one, then import again. If they are two people, leave the columns of the former number empty.
roster-note-former-unknown = Nobody had the former number: added as a new member.
roster-note-former-number = This is the former number of a member who has another one by now: left as it is, nobody added.
roster-note-left-before = The membership has ended, and the person was never a member here: not added.
