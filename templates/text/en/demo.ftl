# The demo's own page
demo-title = Member portal: demo
demo-lead = This runs on this computer only. All members are invented.
demo-first-title = What to do first
demo-first-union = Choose a union below and press “Open this union”.
demo-first-signin = Press “Log in” at the upper right and use a user ID and first password from the table. The date of birth is there too.
demo-first-factor = Follow the screens. Instead of an app you can give the key on the screen to any tool of yours.
demo-unions = Unions
demo-open = Open this union
demo-members = Members of { $union }
demo-name = Name
demo-first-password = First password
demo-activated = first login done
demo-letters = Letters written
demo-no-letters = No letters yet.
