use kenpo_portal::tenants::*;
#[test]
fn five() {
    let l = load(
        std::path::Path::new("tenants"),
        &LoadOptions { base_domains: &[], today: jiff::civil::date(2026, 11, 21) },
    )
    .unwrap();
    let (mut o, mut e) = (vec![], vec![]);
    let c = kenpo_portal::cli::tenant::Context {
        json: false,
        language: kenpo_portal::domain::tenant::Language::Ja,
        today: jiff::civil::date(2026, 11, 21),
        base_domains: &[],
    };
    kenpo_portal::cli::tenant::check(std::path::Path::new("tenants"), &[], false, c, &mut o, &mut e).unwrap();
    println!("{}\n{}", String::from_utf8(o).unwrap(), String::from_utf8(e).unwrap());
    let (mut o, mut e) = (vec![], vec![]);
    kenpo_portal::cli::tenant::list(std::path::Path::new("tenants"), c, &mut o, &mut e).unwrap();
    println!("{}\n{}", String::from_utf8(o).unwrap(), String::from_utf8(e).unwrap());
    for t in l.tenants.iter() {
        println!("{} {}", t.slug, t.brand.primary_dark);
    }
}
