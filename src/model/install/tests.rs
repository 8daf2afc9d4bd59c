use super::*;

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * b.abs().max(1.0)
}

#[test]
fn only_old_chips_make_room() {
    let args = |eff: f64| {
        early_retirement(
            1.0 / 3.0,
            ItPower::new(31.0),
            Chips::new(90_000.0),
            ChipPower::new(0.62),
            Ratio::new(eff),
            Ratio::new(0.72),
        )
    };
    let (retired, left, kept) = args(0.1);
    assert!(close(retired.get(), 50_000.0) && left.get().abs() < 1e-9);
    assert!(close(kept.get(), 4.0 / 9.0));
    let (retired, left, kept) = args(0.34);
    assert!(close(retired.get(), 0.0) && close(left.get(), 31.0) && close(kept.get(), 1.0));
}

#[test]
fn power_or_crews_set_the_share_installed() {
    let share = |free: f64, crew: f64| {
        installed_share(ItPower::new(free), ItPower::new(100.0), Ratio::new(crew)).get()
    };
    assert!(close(share(250.0, 1.0), 1.0) && close(share(40.0, 1.0), 0.4));
    assert!(close(share(40.0, 0.3), 0.3));
    assert!(close(installed_share(ItPower::ZERO, ItPower::ZERO, Ratio::new(1.0)).get(), 1.0));
    assert!(close(free_power(0.07, ItPower::new(450.0), ItPower::new(340.0)).get(), 78.5));
    assert!(close(ready_chips(Chips::new(90.0), Quarters::new(2.0)).get(), 30.0));
}

#[test]
fn exactly_one_name_holds() {
    for gap in [0.0, 49.0] {
        for crew in [0.5, 1.0] {
            for left in [0.0, 1.0] {
                for supply in [0.0, 1.0] {
                    for cut in [0.0, 2.0] {
                        let one = Ratio::new(1.0);
                        let (p, c) = power_or_crew(
                            ItPower::new(gap),
                            ItPower::new(50.0),
                            one,
                            Ratio::new(crew),
                        );
                        let (s, l, a, m) = money_or_chips(
                            p + c,
                            Money::new(left),
                            Money::new(10.0),
                            Ratio::new(supply),
                            Money::new(cut),
                        );
                        assert!(close((p + c + s + l + a + m).get(), 1.0));
                    }
                }
            }
        }
    }
}
