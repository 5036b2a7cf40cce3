# Your first login, on paper: one sheet of A4 in a window envelope. A reader of 80 years can begin with it alone.
printed-title = Your first login
printed-to = { $name }
printed-no = No. { $no }
printed-number = Member number: { $number }
printed-phone = Phone { $phone } ({ $hours })
printed-lead = You can use the member page of { $union } on a phone or a computer. Here are the user ID and the temporary password with which you set it up.

printed-login = User ID
printed-password = Temporary password
printed-password-hint = Capital or small letters: both are fine. You may leave out the “-”. There is no 0, 1, O or I in it.
printed-zero = “0” is the digit zero
printed-one = “1” is the digit one
printed-capital-o = “O” is the letter O
printed-capital-i = “I” is the letter I
printed-small-l = “l” is the letter L
printed-small-o = “o” is the letter O
printed-and = { ", " }

printed-qr = The login page
printed-until = How to begin (until { $until })
printed-step-open = Point your phone’s camera at the QR code above and press the words that appear. Or open { $place } and press “Log in”.
printed-step-type = Enter both as they stand above in “User ID” (filled in already by the QR code) and “Password”, and press “Log in”.
printed-step-follow = Follow the pages. It takes about 10 minutes. You choose a password of your own on the way.

printed-keep = Keep this sheet until you have chosen your own password, and show it to nobody. Our staff never ask for a password on the phone.
printed-resume = You can stop at any time: when you log in again, you go on from where you left off.
printed-former = A temporary password that we sent you before does not work any more.
printed-ask = If something is unclear, if you have lost this sheet, or if it is not for you, please call us. For a lost sheet we send you a new temporary password.

printed-short = Your user ID and temporary password stand above. Until { $until }: point your phone’s camera at the QR code, or open { $place } and press “Log in”; enter both and follow the pages. Capital or small letters are both fine. Show this sheet to nobody. Questions: { $phone }.

# Shown on a screen only, to whoever prints
printed-screen-count = Letters: { $count }. These lines are not printed.
printed-screen-print = Print on A4, portrait, at 100 % (“actual size”), on one side, without headers and footers.
printed-screen-envelope = Fold in three at the short lines on both edges (99 and 198 mm from above), and put it into a window envelope of size 長形3号 (235 × 120 mm; window 90 × 45 mm, 22 mm from the left, 12 mm from above), so that the name shows. Try one sheet first.
printed-screen-address = For the post, print the address above the name or stick on a label: there are no addresses here. “No.” and the member number at the upper right tell which is whose.
printed-screen-secret = The temporary passwords are nowhere but in this file. Delete it once it is printed. A lost sheet is issued anew by kenpo-portal member reissue.
printed-screen-gaiji = Self-made characters (gaiji) are printed as 〓. Mend these by hand: No. { $letters }

# The guide on paper
guide-labels = What stands on the screen is written in quotation marks.
guide-address = Address of the member pages
guide-qr = Read the picture on the right (QR code) with your smartphone’s camera, and the page opens.
guide-stores = Look for the app by its name: in the App Store on an iPhone, on Google Play on an Android phone.
guide-made-on = This guide was made on { $day }.
guide-screen = This guide can be printed on A4 paper. In the print dialog choose the default margins, no headers and footers, and background graphics.
