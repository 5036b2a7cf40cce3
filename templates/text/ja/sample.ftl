# Samples: made-up people and devices, on pages and letters that are shown before anybody uses them.

sample-member = 健保 花子
sample-other-member = 健保 太郎
sample-edition = 第3版
sample-phone = スマートフォン
sample-work-phone = 会社の携帯
sample-old-phone = むかしの携帯
sample-work-computer = 会社のパソコン
sample-keychain = iPhone(iCloudキーチェーン)
sample-browser = iPhone / Safari
