/** The 34 provincial units as tiles (seeds/province-tiles.csv): every one has the same size, none is lost. */
export const tiles = [
  { code: '110000', zh: '北京', en: 'Beijing', row: 1, column: 4 },
  { code: '120000', zh: '天津', en: 'Tianjin', row: 2, column: 5 },
  { code: '130000', zh: '河北', en: 'Hebei', row: 2, column: 4 },
  { code: '140000', zh: '山西', en: 'Shanxi', row: 2, column: 3 },
  { code: '150000', zh: '内蒙古', en: 'Inner Mongolia', row: 1, column: 3 },
  { code: '210000', zh: '辽宁', en: 'Liaoning', row: 1, column: 5 },
  { code: '220000', zh: '吉林', en: 'Jilin', row: 1, column: 6 },
  { code: '230000', zh: '黑龙江', en: 'Heilongjiang', row: 0, column: 6 },
  { code: '310000', zh: '上海', en: 'Shanghai', row: 4, column: 6 },
  { code: '320000', zh: '江苏', en: 'Jiangsu', row: 4, column: 5 },
  { code: '330000', zh: '浙江', en: 'Zhejiang', row: 5, column: 5 },
  { code: '340000', zh: '安徽', en: 'Anhui', row: 4, column: 4 },
  { code: '350000', zh: '福建', en: 'Fujian', row: 6, column: 4 },
  { code: '360000', zh: '江西', en: 'Jiangxi', row: 5, column: 4 },
  { code: '370000', zh: '山东', en: 'Shandong', row: 3, column: 4 },
  { code: '410000', zh: '河南', en: 'Henan', row: 3, column: 3 },
  { code: '420000', zh: '湖北', en: 'Hubei', row: 4, column: 3 },
  { code: '430000', zh: '湖南', en: 'Hunan', row: 5, column: 3 },
  { code: '440000', zh: '广东', en: 'Guangdong', row: 6, column: 3 },
  { code: '450000', zh: '广西', en: 'Guangxi', row: 6, column: 2 },
  { code: '460000', zh: '海南', en: 'Hainan', row: 7, column: 2 },
  { code: '500000', zh: '重庆', en: 'Chongqing', row: 4, column: 2 },
  { code: '510000', zh: '四川', en: 'Sichuan', row: 4, column: 1 },
  { code: '520000', zh: '贵州', en: 'Guizhou', row: 5, column: 2 },
  { code: '530000', zh: '云南', en: 'Yunnan', row: 5, column: 1 },
  { code: '540000', zh: '西藏', en: 'Tibet', row: 3, column: 0 },
  { code: '610000', zh: '陕西', en: 'Shaanxi', row: 3, column: 2 },
  { code: '620000', zh: '甘肃', en: 'Gansu', row: 2, column: 1 },
  { code: '630000', zh: '青海', en: 'Qinghai', row: 3, column: 1 },
  { code: '640000', zh: '宁夏', en: 'Ningxia', row: 2, column: 2 },
  { code: '650000', zh: '新疆', en: 'Xinjiang', row: 2, column: 0 },
  { code: '710000', zh: '台湾', en: 'Taiwan', row: 6, column: 6 },
  { code: '810000', zh: '香港', en: 'Hong Kong', row: 7, column: 4 },
  { code: '820000', zh: '澳门', en: 'Macao', row: 7, column: 3 },
] as const;

const ways: Record<string, [row: number, column: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** The tile that an arrow key leads to: the next one in that direction, as straight as possible. */
export function neighbour(code: string, key: string): string | undefined {
  const here = tiles.find((tile) => tile.code === code);
  const way = ways[key];
  if (!here || !way) return undefined;
  const [down, right] = way;
  const far = (tile: (typeof tiles)[number]) => {
    const ahead = (tile.row - here.row) * down + (tile.column - here.column) * right;
    const aside = Math.abs((tile.row - here.row) * right) + Math.abs((tile.column - here.column) * down);
    return ahead > 0 ? ahead + 3 * aside : Infinity;
  };
  const nearest = tiles.toSorted((a, b) => far(a) - far(b))[0];
  return nearest && far(nearest) < Infinity ? nearest.code : undefined;
}

/** What a province is called on its tile. */
export const tileOf = (code: string) => tiles.find((tile) => tile.code === code);
