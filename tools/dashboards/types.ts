// What a dashboard is, by Grafana's own types, as JSON: where they have an enumeration, JSON has its strings.
import type {
  AnnotationQuery,
  Dashboard,
  DataQuery,
  FieldConfig,
  GraphFieldConfig,
  MatcherConfig,
  Panel,
  RowPanel,
  TableFieldOptions,
  VariableModel,
} from '@grafana/schema';
import type { Options as BarGauge } from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type { Options as Stat } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { Options as Table } from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type { Options as TimeSeries } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

type Json<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Json<T[K]> } : T;

type Change<T, U> = Omit<T, keyof U> & U;

interface Query extends DataQuery {
  datasource: { type: 'prometheus'; uid: string };
  editorMode: 'code';
  expr: string;
  legendFormat: string;
  format: 'time_series' | 'table';
  instant: boolean;
  range: boolean;
}

// What an override may change.
type PropertyOf<Custom> = Exclude<keyof FieldConfig, 'custom'> | (Custom extends object ? `custom.${keyof Custom & string}` : never);

type PanelOf<Type, Options, Custom> = Change<
  Panel,
  {
    type: Type;
    id: number;
    title: string;
    description: string;
    targets: Query[];
    options: Options;
    fieldConfig: {
      defaults: Change<FieldConfig, { unit: string; custom?: Custom }>;
      overrides: Array<{ matcher: MatcherConfig; properties: Array<{ id: PropertyOf<Custom>; value: unknown }> }>;
    };
  }
>;

// An annotation from Prometheus has formats besides.
type Alerts = Change<AnnotationQuery, { target: Omit<Query, 'format'>; titleFormat: string; textFormat: string; tagKeys: string }>;

type AnyPanel =
  | RowPanel
  | PanelOf<'bargauge', BarGauge, never>
  | PanelOf<'stat', Stat, never>
  | PanelOf<'table', Table, Partial<TableFieldOptions>>
  | PanelOf<'timeseries', TimeSeries, GraphFieldConfig>;

export type Checked = Json<
  Change<
    Dashboard,
    {
      uid: string;
      title: string;
      description: string;
      schemaVersion: 42;
      panels: AnyPanel[];
      templating: { list: VariableModel[] };
      annotations: { list: Array<AnnotationQuery | Alerts> };
    }
  >
>;
