import { expect, test } from "bun:test";
import { synchronization } from "../../src/doctor/guest/clock.ts";
import { System } from "../../src/doctor/system.ts";
import { describeCases } from "./guest-cases.ts";

describeCases("the clock", [
  {
    title: "a hardware clock that is an hour off",
    change: { "/sys/class/rtc/rtc0/since_epoch": "1700003600\n" },
    id: "clock-rtc",
    status: "warning",
    seen: /3600 s ahead/,
    advice: /time zone/,
  },
  {
    title: "a hardware clock that is off",
    change: { "/sys/class/rtc/rtc0/since_epoch": "1699999900\n" },
    id: "clock-rtc",
    status: "warning",
    seen: /100 s behind/,
    advice: /^hwclock/,
  },
  {
    title: "no hardware clock",
    change: { "/sys/class/rtc/rtc0/since_epoch": null },
    id: "clock-rtc",
    status: "info",
    seen: /^there is no hardware clock$/,
  },
  {
    title: "a hardware clock in local time",
    change: { "/etc/adjtime": "0.0 0 0.0\n0\nLOCAL\n" },
    id: "clock-rtc",
    status: "info",
    seen: /local time/,
  },
  {
    title: "a slow clock where there is no better one",
    change: {
      "/sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet\n",
      "/sys/devices/system/clocksource/clocksource0/available_clocksource": "hpet acpi_pm\n",
    },
    id: "clock-source",
    status: "info",
    seen: /^hpet; there is no better one$/,
  },
  {
    title: "a slow clock where there is a better one",
    change: {
      "/sys/devices/system/clocksource/clocksource0/current_clocksource": "acpi_pm\n",
    },
    id: "clock-source",
    status: "warning",
    seen: /acpi_pm, though there is kvm-clock/,
  },
]);

test("a clock that nothing keeps right", async () => {
  const discipline = (isSynchronized: boolean) => ({ isSynchronized, errorUsMax: 16_000_000n });
  const look = (isSynchronized: boolean) =>
    synchronization.look(
      new System({
        root: "",
        isRunning: true,
        clock: { discipline: () => discipline(isSynchronized), nowNs: () => 0n },
      }),
    );
  expect(await look(false)).toMatchObject({ status: "info" });
  expect(await look(true)).toEqual({
    status: "ok",
    seen: "it is kept right to 16000 ms or better",
    advice: null,
  });
});
