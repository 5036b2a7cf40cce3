# Samples: made-up people and devices, on pages and letters that are shown before anybody uses them.

sample-member = Hanako Kempo
sample-other-member = Taro Kempo
sample-edition = Version 3
sample-phone = Smartphone
sample-work-phone = Work phone
sample-old-phone = Old phone
sample-work-computer = Work computer
sample-keychain = iPhone (iCloud Keychain)
sample-browser = iPhone / Safari
