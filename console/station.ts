// What the station tells its pages, as services/hmi/view.hpp says it.

export interface Limit { source: string; limit: number; reason: string }  // mA
export interface Connector {
  connector: number; type: string; status: string; cable: boolean; pilot: string; pilot_high_mv: number; pilot_low_mv: number;
  duty_permille: number; contactor: boolean; cable_limit_ma: number; temperature_dc: number;
}
export interface Vehicle { protocol: string; soc_percent?: number; wanted_wh?: number; departure_s?: number; target_mv?: number; target_ma?: number }
export interface View {
  station: string; evse: number; up: boolean; state: string; connector: string; operative: boolean; cable: boolean; online: boolean;
  reserved: boolean; energy_wh: number; power_w: number; register_wh: number; limit_ma: number; limits: Limit[];
  started?: string; token?: string; transaction?: string; cost?: string; no_cost?: string; per_kwh?: string; currency: string; notice?: string;
  faults: string[]; pilot: string; contactor: boolean; pending_events: number; last_stop?: string; connectors: Connector[]; vehicle?: Vehicle; now: string;
}
export interface Finding { evse: number; connector: number; weight: "hint" | "warning" | "stop"; code: string; detail: string }
export interface Station { station: string; up: boolean; online: boolean; now: string; evses: View[]; findings: Finding[] }
export interface Point { t: number; power_w: number; energy_wh: number }

/// Calls back with every new state of the station, and with nothing while it does not answer.
export function follow(show: (station: Station) => void, lost: () => void): void {
  const events = new EventSource("/events");
  events.addEventListener("state", (event) => show(JSON.parse((event as MessageEvent<string>).data) as Station));
  events.onerror = lost;
}
