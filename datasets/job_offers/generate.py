"""The synthetic twin of job offers scraped from the web: six invented sites, January to June 2023.

Vacancies are drawn first: an occupation, an employer, a place, a contract, a pay. Each is then
advertised, once or several times: employers write on several sites and write again after a while,
agencies write for clients that they do not name, an aggregator and the public employment service
take over the ads of the other sites. The model, its sources and its limits are told on the card.
"""

import datetime
import itertools
import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from ssplab.course import load_card
from ssplab.data import Block, generator
from ssplab.system import SsplabError

employers = generator(load_card("employers"))
COMMUNES, DEPARTMENTS, Dice = employers.COMMUNES, employers.DEPARTMENTS, employers.Dice

ADS = 6_000  # a block: a market of its own, within which ads repeat each other
MAX_BLOCKS = 100  # so that identifiers stay in their ranges
IDS = 9_000_000
ID_STEP, VACANCY_STEP = 5_562_307, 4_101_883  # prime to the range: neighbours come from any block
REFERENCES = 1_000_000
REFERENCE_STEP = 618_031

FIRST_DAY = datetime.date(2023, 1, 2).toordinal()
LAST_DAY = datetime.date(2023, 6, 30).toordinal()
NEW_SMIC = datetime.date(2023, 5, 1).toordinal()
SMIC = (11.27, 11.52)  # euros an hour before and since NEW_SMIC, by decree
YEAR_OF_HOURS = 1820  # 35 hours in 52 weeks
NET = 0.78  # the course's convention: net pay over gross pay
APART = 21  # days between first_seen of two ads, from which on one is a later posting
HARD_JACCARD = 0.5

SITES = {
    # site: name, kind, what a person would know of it
    "fleuve-emploi": (
        "Fleuve Emploi",
        "general",
        "Job offers of a group of regional newspapers: all occupations, mostly permanent posts",
    ),
    "cadres-et-metiers": (
        "Cadres & Métiers",
        "executives",
        "Job offers for executives and engineers, often through recruitment consultants",
    ),
    "jobflux": (
        "JobFlux",
        "aggregator",
        "Takes over the offers of other sites, shortens them, and seldom takes them down in time",
    ),
    "guichet-emploi": (
        "Guichet Emploi",
        "public_service",
        "The public employment service: its own offers, checked by agents, and those of partners",
    ),
    "petites-annonces": (
        "Les Petites Annonces",
        "small_ads",
        "Classified ads that shops, craftsmen and households type themselves",
    ),
    "interim-express": (
        "Intérim Express",
        "temporary_work",
        "Offers of temporary work agencies, which do not name their clients",
    ),
}
ORIGIN_ODDS = {  # sites where vacancies are first advertised
    **{"fleuve-emploi": 255, "cadres-et-metiers": 225, "petites-annonces": 170},
    **{"interim-express": 205, "guichet-emploi": 127, "jobflux": 18},
}
TO_GUICHET, TO_JOBFLUX = 0.156, 0.150  # chances that an ad is taken over
SECOND_SITE, AGAIN = 0.075, 0.18  # chances that the employer advertises elsewhere, or later
GHOSTS, EVERGREENS = 0.04, 0.012
# Chances that another ad for a vacancy states the same characteristics, that a copy is reworded
COMPLETE, COMPLETE_IF_HARDER, REWORDED = 0.62, 0.35, 0.62
CUT = 0.45  # chance that the aggregator cuts a description short

MARKET = 400_000  # vacancies of the whole market in the six months
MONTHS = (1.12, 0.98, 1.08, 0.97, 0.95, 0.90)  # relative seasonality of openings
REGIONS = {  # département: region, official codes
    **{"75": "11", "92": "11", "93": "11", "69": "84", "13": "93", "59": "32", "33": "75"},
    **{"31": "76", "44": "52", "35": "53", "67": "44", "68": "44", "57": "44", "54": "44"},
    **{"06": "93", "34": "76", "76": "28", "74": "84", "29": "53", "63": "84", "21": "27"},
    **{"38": "84", "45": "24", "14": "28"},
}
REGION_NAMES = {
    **{"11": "Île-de-France", "84": "Auvergne-Rhône-Alpes", "93": "Provence-Alpes-Côte d'Azur"},
    **{"32": "Hauts-de-France", "75": "Nouvelle-Aquitaine", "76": "Occitanie", "28": "Normandie"},
    **{"52": "Pays de la Loire", "53": "Bretagne", "44": "Grand Est", "24": "Centre-Val de Loire"},
    "27": "Bourgogne-Franche-Comté",
}
WHOLE_COMMUNES = {"Paris": "75056", "Lyon": "69123", "Marseille": "13055"}

# code | executive | lowest and highest pay, thousand euros a year | weight in the market | NAF
# sub-classes of the employers | posts, with the synonyms of each | tasks, as a verb and as a noun |
# diplomas | f full time, p part time too, s shifts, n nights and week-ends, v driving licence
_OCCUPATIONS = """
M9801|1|38|55|30|62.01Z,62.02A,61.10Z|Développeur logiciel+Développeur web+Ingénieur
  développement+Développeur full stack|concevoir et coder des applications web~conception et
  codage d'applications web;écrire les tests automatisés~rédaction de tests automatisés;corriger
  les anomalies signalées par les utilisateurs~correction des bogues remontés;participer aux
  revues de code~relecture du code de l'équipe;documenter les interfaces~rédaction de la
  documentation technique|Bac+5;Bac+3|f
M9802|1|45|65|14|62.02A,61.10Z,64.19Z|Chef de projet informatique+Responsable de projet SI+Chef de
  projet digital|recueillir le besoin des métiers~analyse des besoins des directions
  métier;planifier les travaux et suivre le budget~pilotage du planning et des coûts;coordonner
  les prestataires~coordination des sous-traitants;animer les comités de pilotage~animation des
  instances de suivi;organiser la recette~préparation des tests d'acceptation|Bac+5|f
M9803|1|42|58|10|62.02A,64.19Z,65.12Z,70.22Z|Data analyst+Chargé d'études statistiques+Analyste de
  données|construire des tableaux de bord~mise en place d'indicateurs et de tableaux de
  bord;nettoyer et croiser les sources~contrôle et rapprochement des données;réaliser des études
  ponctuelles~conduite d'analyses à la demande;présenter les résultats aux équipes~restitution des
  travaux|Bac+5;Bac+4|f
M9804|0|26|34|12|62.02A,61.10Z|Technicien support informatique+Technicien helpdesk+Technicien
  systèmes et réseaux|dépanner les postes de travail~assistance aux utilisateurs;installer les
  logiciels et le matériel~déploiement des ordinateurs et applications;suivre les tickets
  d'incident~traitement des demandes dans l'outil de ticketing;administrer les comptes~gestion des
  droits d'accès|Bac+2|f
M9805|0|24|30|30|69.20Z,70.22Z,52.29B,46.69B,41.20A|Comptable+Comptable unique+Collaborateur
  comptable|saisir les factures et les écritures~tenue de la comptabilité courante;effectuer les
  rapprochements bancaires~pointage des comptes de banque;établir les déclarations de
  TVA~préparation des déclarations fiscales;préparer le bilan~participation aux clôtures
  annuelles;relancer les clients~suivi des impayés|Bac+2;BTS|f
M9806|1|40|60|10|70.10Z,69.20Z,64.19Z,25.62B|Contrôleur de gestion+Responsable du contrôle de
  gestion+Contrôleur financier|élaborer le budget et les prévisions~construction
  budgétaire;analyser les écarts mensuels~suivi des écarts entre réel et prévu;alimenter le
  reporting du groupe~production des états de gestion;proposer des actions
  correctrices~recommandations à la direction|Bac+5|f
M9807|0|22|27|34|70.22Z,69.10Z,41.20A,68.31Z,85.59A|Assistant administratif+Secrétaire+Assistant
  polyvalent+Secrétaire comptable|assurer l'accueil téléphonique~tenue du standard;rédiger les
  courriers et comptes rendus~frappe des documents;classer et archiver les dossiers~suivi
  administratif des dossiers;gérer les agendas~organisation des rendez-vous;traiter le courrier et
  les commandes~gestion du courrier et des fournitures|Bac;Bac+2|fp
M9808|0|26|34|12|70.10Z,69.20Z,41.20A|Gestionnaire de paie+Gestionnaire paie et administration du
  personnel+Technicien paie|établir les bulletins de salaire~traitement de la paie;préparer les
  déclarations sociales~envoi de la DSN;suivre les absences et les congés~gestion des
  temps;rédiger les contrats de travail~administration du personnel|Bac+2;Bac+3|f
M9809|1|38|52|9|70.10Z,52.10B,87.10A,41.20A|Responsable ressources humaines+Chargé de
  recrutement+Chargé des ressources humaines|conduire les recrutements~pilotage des
  embauches;conseiller les managers~appui aux responsables d'équipe;bâtir le plan de
  formation~organisation de la formation;animer le dialogue social~relations avec les
  représentants du personnel|Bac+5;Bac+4|f
M9810|1|38|60|16|46.69B,62.02A,25.62B,71.12B|Ingénieur commercial+Responsable commercial+Business
  developer|prospecter les comptes de la zone~recherche de nouveaux clients;répondre aux appels
  d'offres~montage des propositions;négocier les contrats~conduite des négociations;suivre le
  chiffre d'affaires~reporting de l'activité commerciale|Bac+5;Bac+3|fv
M9811|0|20.6|23|14|82.20Z,61.10Z,65.12Z|Téléconseiller+Conseiller clientèle à distance+Chargé de
  relation client|répondre aux appels des clients~prise en charge des appels entrants;proposer les
  services adaptés~vente de services au téléphone;mettre à jour les fiches~saisie des informations
  client;traiter les réclamations~résolution des litiges simples|Bac;Sans diplôme|fp
C9801|0|24|32|16|64.19Z|Conseiller bancaire+Conseiller clientèle particuliers+Chargé de
  clientèle|recevoir les clients en rendez-vous~entretiens avec la clientèle de l'agence;instruire
  les demandes de crédit~étude des dossiers de prêt;proposer des placements~conseil en
  épargne;suivre les comptes débiteurs~maîtrise du risque|Bac+2;Bac+3|f
C9802|0|24|30|10|65.12Z,66.22Z|Gestionnaire sinistres+Gestionnaire en assurance+Chargé
  d'indemnisation|ouvrir et instruire les dossiers de sinistre~traitement des
  déclarations;missionner les experts~relations avec les experts;calculer les indemnités~chiffrage
  et règlement;informer les assurés~renseignement des sociétaires|Bac+2;BTS|f
C9803|0|21|30|10|68.31Z|Négociateur immobilier+Conseiller en immobilier+Agent commercial
  immobilier|rechercher des biens à vendre~prospection de mandats;faire visiter les
  logements~organisation des visites;estimer les biens~évaluation des logements;accompagner les
  clients jusqu'à la signature~suivi des compromis|Bac;Bac+2|fv
C9804|1|42|60|5|65.12Z,64.19Z|Actuaire+Chargé d'études actuarielles+Responsable actuariat|tarifer
  les nouveaux produits~construction des tarifs;calculer les provisions~évaluation des
  engagements;contribuer aux états réglementaires~production des rapports prudentiels;faire
  évoluer les modèles~maintenance des modèles de risque|Bac+5|f
D9801|0|20.6|23|46|47.11D,47.11F,47.71Z,47.52B,47.76Z|Employé libre-service+Employé de
  commerce+Employé polyvalent de magasin+Employé de rayon|remplir les rayons~mise en place des
  produits;contrôler les dates de péremption~vérification des DLC;étiqueter les articles~pose des
  prix;renseigner les clients~orientation de la clientèle;nettoyer la surface de vente~entretien
  du magasin|Sans diplôme;CAP|fp
D9802|0|20.6|22.5|30|47.11D,47.11F,47.52B,47.11B|Hôte de caisse+Caissier+Hôtesse de
  caisse|enregistrer les articles et encaisser~passage des articles et encaissement;accueillir la
  clientèle~accueil en caisse;compter le fonds de caisse~contrôle de la caisse en fin de
  journée;remettre les cartes de fidélité~promotion du programme de fidélité|Sans diplôme|fp
D9803|0|21|26|34|47.71Z,47.59A,47.52B,47.78A,47.76Z|Vendeur conseil+Conseiller de vente+Vendeur en
  magasin+Vendeur|accueillir et conseiller les clients~conseil à la clientèle;tenir le
  rayon~présentation des produits en rayon;réaliser les ventes~conclusion des ventes;participer
  aux inventaires~comptage des stocks;réceptionner les colis~réception de la
  marchandise|CAP;Bac|fp
D9804|0|21|25|18|10.71C,10.71D,47.22Z|Vendeur en boulangerie+Vendeur en alimentation+Vendeur
  boulangerie pâtisserie|servir les clients~service au comptoir;emballer les pains et
  gâteaux~conditionnement des produits;tenir la vitrine~approvisionnement de la
  vitrine;encaisser~tenue de la caisse;nettoyer la boutique~entretien du point de vente|Sans
  diplôme;CAP|fp
D9805|0|24|31|9|47.22Z,47.11D|Boucher+Ouvrier boucher+Boucher préparateur|désosser et découper les
  viandes~découpe et désossage;préparer la vitrine~mise en valeur de l'étal;conseiller les clients
  sur les morceaux~vente au détail;respecter les règles d'hygiène~application des normes
  HACCP|CAP|f
D9806|0|26|36|12|46.69B,46.73A,45.11Z|Technico-commercial+Commercial itinérant+Attaché
  commercial|visiter les clients du secteur~tournées chez les clients;établir les devis~chiffrage
  des demandes;développer le portefeuille~conquête de nouveaux comptes;suivre les
  livraisons~coordination avec la logistique|Bac+2|fv
D9807|1|32|45|9|47.11D,47.11F,47.52B,47.59A|Directeur de magasin+Responsable de magasin+Manager de
  point de vente|animer l'équipe de vente~encadrement des vendeurs;suivre les résultats et les
  marges~analyse des indicateurs;gérer les stocks et les commandes~pilotage des
  approvisionnements;veiller à la sécurité du site~application des règles de
  sécurité|Bac+2;Bac+3|f
E9801|0|24|32|9|73.11Z,58.13Z,18.12Z|Graphiste+Infographiste+Maquettiste PAO|créer des visuels
  pour le web et l'imprimé~création graphique;mettre en page les documents~mise en page;préparer
  les fichiers pour l'impression~contrôle des fichiers avant tirage;décliner les
  chartes~adaptation des chartes graphiques|Bac+2;Bac+3|f
E9802|1|34|46|9|73.11Z,58.13Z,70.10Z|Responsable communication+Chargé de communication+Chef de
  projet communication|définir le plan de communication~élaboration de la stratégie de
  communication;rédiger les contenus~production d'articles et de publications;animer les réseaux
  sociaux~community management;organiser les événements~préparation des salons|Bac+5;Bac+3|f
F9801|0|24|31|26|43.99C,41.20A|Maçon+Maçon coffreur+Ouvrier maçon|monter les murs~élévation de
  murs en parpaings;couler les dalles~coulage du béton;poser les coffrages~coffrage et
  ferraillage;lire les plans~lecture de plans;nettoyer le chantier~repli du chantier|CAP;Sans
  diplôme|fv
F9802|0|24|32|24|43.21A|Électricien du bâtiment+Électricien+Électricien tertiaire|tirer les câbles
  et poser les appareils~tirage de câbles et pose d'appareillages;raccorder les tableaux~câblage
  d'armoires;contrôler l'installation~essais et mise en service;dépanner les clients~interventions
  de dépannage|CAP;Bac pro|fv
F9803|0|24|32|20|43.22A,43.22B|Plombier chauffagiste+Plombier+Plombier sanitaire|poser les réseaux
  d'eau~installation des canalisations;installer les sanitaires~pose de sanitaires;entretenir les
  chaudières~maintenance des chaudières;rechercher les fuites~recherche de pannes|CAP;BEP|fv
F9804|0|22|28|16|43.34Z|Peintre en bâtiment+Peintre+Peintre décorateur|préparer les
  supports~ponçage et rebouchage;appliquer les peintures~mise en peinture des murs et
  plafonds;poser les revêtements~pose de papiers peints et sols;protéger le chantier~bâchage des
  locaux|CAP;Sans diplôme|fv
F9805|0|23|30|14|43.91B,43.32A,43.31Z|Menuisier poseur+Poseur de menuiseries;Couvreur+Couvreur
  zingueur;Plaquiste+Plâtrier plaquiste;Charpentier|poser les ouvrages sur chantier~pose sur
  chantier;prendre les mesures~relevé de cotes;assurer l'étanchéité et l'isolation~étanchéité et
  isolation;ranger les outils et le matériel~entretien de l'outillage|CAP|fv
F9806|1|36|50|11|41.20A,43.99C,71.12B|Conducteur de travaux+Chef de chantier+Responsable
  travaux|préparer les chantiers~préparation des opérations;commander les matériaux~achats et
  approvisionnements;encadrer les équipes et sous-traitants~management des équipes sur site;tenir
  le budget~suivi financier des affaires;réceptionner les ouvrages~levée des
  réserves|Bac+2;Bac+5|fv
G9801|0|20.6|25|44|56.10A,56.30Z,55.10Z|Serveur+Serveur en restauration+Employé de salle;Chef de
  rang;Commis de salle|dresser les tables~mise en place de la salle;prendre les commandes~prise de
  commande;servir les plats et boissons~service à table;encaisser les
  additions~encaissement;débarrasser et nettoyer~remise en état de la salle|Sans diplôme;CAP|fpn
G9802|0|22|29|34|56.10A,56.29A,55.10Z|Cuisinier+Cuisinier de collectivité;Chef de partie;Commis de
  cuisine+Aide-cuisinier;Second de cuisine|préparer les entrées, plats et desserts~élaboration des
  préparations froides et chaudes;gérer les stocks~suivi des stocks et commandes;respecter les
  fiches techniques~application des fiches recettes;nettoyer la cuisine~nettoyage du poste de
  travail|CAP;Bac pro|fn
G9803|0|20.6|22.5|26|56.10C,56.29A|Équipier polyvalent+Employé de restauration+Employé polyvalent
  de restauration|préparer les commandes~assemblage des produits;servir au comptoir~service des
  clients;réchauffer et dresser les plats~remise en température;nettoyer les locaux et la
  plonge~plonge et entretien|Sans diplôme|pn
G9804|0|21|25|12|55.10Z|Réceptionniste+Réceptionniste tournant+Employé de réception;Veilleur de
  nuit+Réceptionniste de nuit|accueillir les voyageurs~accueil des clients de l'hôtel;enregistrer
  les réservations~prise des réservations;facturer les séjours~encaissement et
  facturation;surveiller l'établissement~garde de l'établissement|Bac;BTS|fn
G9805|0|20.6|22.5|16|55.10Z,81.21Z|Femme de chambre+Valet de chambre+Employé d'étage|nettoyer les
  chambres~entretien des chambres et sanitaires;refaire les lits~réfection des
  lits;réapprovisionner les produits d'accueil~mise en place des produits d'accueil;signaler les
  anomalies~remontée des dysfonctionnements|Sans diplôme|p
H9801|0|21|26|34|10.13A,22.22Z,20.42Z,31.09B|Opérateur de production+Agent de fabrication+Ouvrier
  de production+Conducteur de ligne|alimenter la machine~approvisionnement de la ligne;surveiller
  la production~conduite de la machine;contrôler la qualité~contrôles qualité des
  pièces;conditionner les produits~emballage et palettisation;remplir les fiches de
  suivi~traçabilité|Sans diplôme;CAP|fs
H9802|0|24|31|14|25.62B,25.11Z|Usineur+Tourneur fraiseur+Opérateur régleur sur commande
  numérique|régler la machine~réglage de la commande numérique;usiner les pièces~fraisage et
  tournage;mesurer les cotes~contrôle dimensionnel;entretenir l'outillage~maintenance de premier
  niveau|Bac pro;BTS|fs
H9803|0|24|30|12|25.11Z,33.12Z|Soudeur+Soudeur TIG MIG+Chaudronnier soudeur|assembler les
  tôles~assemblage d'ensembles chaudronnés;souder à l'arc et au TIG~soudage TIG et
  semi-automatique;meuler et ébarber~finitions;lire les plans~lecture de plans|CAP;Bac pro|fs
H9804|1|38|54|12|25.62B,27.12Z,71.12B,20.42Z|Ingénieur méthodes+Ingénieur
  industrialisation;Ingénieur qualité+Responsable qualité;Ingénieur procédés|améliorer les
  procédés de fabrication~optimisation des procédés;encadrer les techniciens~animation de l'équipe
  technique;traiter les non-conformités~analyse des non-conformités;suivre les
  investissements~pilotage des projets industriels|Bac+5|f
H9805|0|24|32|8|71.12B,27.12Z,25.62B|Dessinateur projeteur+Technicien bureau d'études+Dessinateur
  industriel|réaliser les plans en CAO~dessin assisté par ordinateur;dimensionner les
  pièces~calculs de dimensionnement;établir les nomenclatures~rédaction des nomenclatures;suivre
  les modifications~mise à jour des plans|Bac+2;BTS|f
I9801|0|26|34|24|33.12Z,10.13A,22.22Z,27.12Z|Technicien de maintenance+Agent de maintenance
  industrielle;Électromécanicien|diagnostiquer les pannes~recherche de pannes;réparer les
  équipements~dépannage mécanique et électrique;effectuer la maintenance préventive~entretien
  préventif;renseigner la GMAO~saisie des interventions|Bac pro;Bac+2|fs
I9802|0|23|31|20|45.20A,45.11Z|Mécanicien automobile+Technicien automobile+Mécanicien
  auto|entretenir les véhicules~vidanges et révisions;remplacer les pièces~changement de pièces
  d'usure;établir le diagnostic~diagnostic électronique;essayer les véhicules~essais sur
  route|CAP;Bac pro|fv
I9803|0|24|31|11|43.22B,61.10Z|Frigoriste+Technicien frigoriste;Technicien
  climatisation+Technicien CVC|installer les équipements~pose des équipements;mettre en
  service~mise en service et réglages;assurer les dépannages~dépannages chez le client;rédiger les
  rapports~comptes rendus d'intervention|CAP;BTS|fv
J9801|0|28|36|30|86.10Z,87.10A,86.90D|Infirmier+Infirmier diplômé d'État+IDE|prodiguer les
  soins~réalisation des soins infirmiers;distribuer les médicaments~préparation et distribution
  des traitements;tenir le dossier de soins~transmissions écrites et orales;encadrer les
  aides-soignants~coordination de l'équipe soignante|Diplôme d'État|fn
J9802|0|22|27|40|87.10A,86.10Z|Aide-soignant+Aide-soignant diplômé+AS en EHPAD|aider à la toilette
  et à l'habillage~soins d'hygiène et de confort;accompagner les repas~aide à la prise des
  repas;surveiller l'état de santé~observation des résidents;transmettre les
  informations~transmissions à l'équipe|Diplôme d'État|fpn
J9803|0|22|27|10|86.23Z,86.21Z|Secrétaire médicale+Assistant médico-administratif;Assistant
  dentaire|accueillir les patients~accueil des patients;prendre les rendez-vous~gestion du
  planning du cabinet;préparer les dossiers~tenue des dossiers médicaux;facturer les
  actes~télétransmission et facturation|Bac;Sans diplôme|fp
J9804|1|38|58|6|47.73Z,86.10Z|Pharmacien+Pharmacien adjoint;Cadre de santé+Responsable des
  soins|délivrer les traitements~dispensation des ordonnances;encadrer l'équipe~encadrement du
  personnel;gérer les stocks~gestion des commandes;veiller à la qualité des soins~démarche
  qualité|Diplôme d'État|f
J9805|0|21|25|8|86.90A|Ambulancier+Auxiliaire ambulancier|transporter les patients~transport de
  patients;installer les personnes dans le véhicule~brancardage;désinfecter le véhicule~nettoyage
  et désinfection;remplir les documents administratifs~suivi des bons de transport|Diplôme
  d'État;Sans diplôme|fvn
K9801|0|20.6|23.5|50|88.10A|Aide à domicile+Auxiliaire de vie+Assistant de vie+Aide ménagère|aider
  au lever et au coucher~aide au lever et au coucher;préparer les repas~préparation des
  repas;entretenir le logement~ménage et entretien du linge;accompagner les sorties~accompagnement
  aux courses et promenades|Sans diplôme;Diplôme d'État|pv
K9802|0|20.6|22.5|44|81.21Z|Agent d'entretien+Agent de propreté+Agent de nettoyage+Agent de
  service|nettoyer les bureaux~nettoyage de bureaux et parties communes;vider les
  corbeilles~évacuation des déchets;laver les sols et les vitres~lavage des sols et vitrerie;gérer
  les produits~réapprovisionnement en produits|Sans diplôme|p
K9803|0|21|25|16|88.91A|Auxiliaire de puériculture+Agent petite enfance+Animateur petite
  enfance|accueillir les enfants et les parents~accueil des familles;veiller à la sécurité des
  enfants~surveillance et soins des tout-petits;organiser les activités d'éveil~animation
  d'ateliers d'éveil;nettoyer les jouets et les locaux~hygiène des locaux|CAP;Diplôme d'État|fp
K9804|0|21|25|18|80.10Z|Agent de sécurité+Agent de surveillance+Agent de sécurité
  incendie|effectuer les rondes~rondes de surveillance;contrôler les accès~filtrage des
  entrées;rédiger la main courante~tenue de la main courante;intervenir en cas d'alarme~levée de
  doute sur alarme|Sans diplôme;CAP|fn
K9805|1|30|42|7|85.59A,88.91A,87.10A|Responsable de secteur+Coordinateur de secteur;Directeur de
  structure+Responsable d'établissement;Coordinateur pédagogique|gérer les plannings~organisation
  des plannings;recruter et encadrer~encadrement des intervenants;suivre le budget~suivi
  budgétaire;garantir la qualité du service~démarche qualité auprès des usagers|Bac+3;Bac+5|fv
K9806|0|24|32|12|85.59A,85.53Z|Formateur+Formateur pour adultes;Enseignant de la conduite+Moniteur
  d'auto-école|animer les sessions~animation des formations;évaluer les stagiaires~évaluation des
  acquis;préparer les supports~conception des supports pédagogiques;rendre compte de
  l'assiduité~suivi administratif des stagiaires|Bac+2;Bac+3|fp
K9807|0|21|26|12|96.02A|Coiffeur+Coiffeur mixte+Coiffeur barbier|accueillir et conseiller~accueil
  et diagnostic;couper et coiffer~coupes femmes, hommes et enfants;réaliser les
  colorations~techniques de coloration;vendre les produits~vente de produits capillaires|CAP|fp
A9801|0|20.6|25|20|81.30Z,01.30Z,01.21Z|Jardinier paysagiste+Ouvrier paysagiste+Jardinier;Ouvrier
  viticole;Ouvrier horticole|tailler et planter~taille et plantation;tondre et désherber~tonte et
  désherbage;conduire les engins~conduite de petits engins;récolter les produits~travaux de
  récolte;entretenir le matériel~entretien du matériel|CAP;Sans diplôme|fv
B9801|0|21|26|3|31.09B,47.76Z,96.03Z|Fleuriste;Tapissier décorateur;Ébéniste+Menuisier
  ébéniste|réaliser les compositions~création de pièces sur mesure;conseiller les clients~conseil
  aux clients;choisir les matières~sélection des matières;tenir l'atelier~organisation de
  l'atelier|CAP|f
L9801|0|22|30|3|73.11Z,58.13Z|Technicien son et lumière+Technicien du
  spectacle;Régisseur+Régisseur technique;Monteur vidéo|installer le matériel~montage et démontage
  du matériel;régler le son et les lumières~réglages techniques;assurer la régie~conduite de la
  régie;entretenir le parc~suivi du parc de matériel|Bac+2;Sans diplôme|fn
N9801|0|21|25|40|52.10B,49.41A,46.31Z,46.73A|Préparateur de commandes+Agent de
  préparation;Magasinier+Agent de magasinage+Employé de magasinage;Agent logistique+Opérateur
  logistique|préparer les commandes~préparation des commandes au scanner;réceptionner les
  marchandises~réception et contrôle des livraisons;ranger les produits~mise en stock;filmer les
  palettes~filmage et étiquetage;charger les camions~chargement des camions|Sans diplôme;CAP|fs
N9802|0|22|26|20|52.10B,22.22Z,46.73A,23.63Z|Cariste+Cariste CACES 3+Conducteur d'engins de
  manutention|décharger les camions~déchargement des camions;conduire le chariot
  élévateur~conduite de chariots CACES 1, 3 et 5;alimenter les lignes~approvisionnement des
  postes;tenir l'inventaire~inventaires tournants|Sans diplôme;CAP|fs
N9803|0|21|24|24|53.20Z,49.41B|Chauffeur livreur+Livreur+Conducteur livreur|charger le
  véhicule~chargement de la tournée;livrer les colis~livraison des colis;faire signer les
  bordereaux~remise des documents de livraison;optimiser la tournée~organisation de la
  tournée|Sans diplôme|fv
N9804|0|24|30|24|49.41A,23.63Z,38.11Z|Conducteur poids lourd+Chauffeur routier+Conducteur
  SPL|conduire un ensemble articulé~conduite d'un ensemble routier;assurer les
  livraisons~livraisons régionales ou nationales;arrimer le chargement~bâchage et
  arrimage;contrôler le véhicule~contrôles avant départ;respecter les temps de conduite~respect de
  la réglementation sociale|Permis C et FIMO|f
N9805|0|23|28|10|49.39A|Conducteur de car+Conducteur de bus+Conducteur scolaire|transporter les
  voyageurs~transport de voyageurs;assurer la ligne scolaire~circuits scolaires;vendre les
  titres~vente de billets à bord;vérifier le véhicule~contrôle du véhicule|Permis D et FIMO|fp
N9806|1|36|50|8|52.29B,52.10B,49.41A|Responsable logistique+Chef de service logistique;Responsable
  d'exploitation transport;Chef de quai|organiser les flux~organisation des flux;encadrer les
  équipes~management des équipes de quai;négocier avec les transporteurs~achats de
  transport;suivre les indicateurs~tableaux de bord logistiques|Bac+3;Bac+5|f
"""
FAMILIES = {
    "A": "Agriculture, espaces verts",
    "B": "Arts et façonnage d'ouvrages d'art",
    "C": "Banque, assurance, immobilier",
    "D": "Commerce, vente et grande distribution",
    "E": "Communication, média et multimédia",
    "F": "Construction, bâtiment et travaux publics",
    "G": "Hôtellerie-restauration, tourisme, loisirs",
    "H": "Industrie",
    "I": "Installation et maintenance",
    "J": "Santé",
    "K": "Services à la personne et à la collectivité",
    "L": "Spectacle",
    "M": "Support à l'entreprise",
    "N": "Transport et logistique",
}
_CATEGORIES = {  # each site's own labels: families that share one
    "fleuve-emploi": {
        "Agriculture - Environnement": "A",
        "Artisanat - Bâtiment": "BFI",
        "Banque - Assurance - Immobilier": "C",
        "Commerce - Distribution": "D",
        "Communication - Culture": "EL",
        "Hôtellerie - Restauration": "G",
        "Industrie - Production": "H",
        "Santé - Social": "J",
        "Services": "K",
        "Administratif - Comptabilité - Informatique": "M",
        "Transport - Logistique": "N",
    },
    "cadres-et-metiers": {
        "Production industrielle, travaux et chantiers": "FHI",
        "Banque, finance, assurance": "C",
        "Commercial, vente, distribution": "DG",
        "Marketing, communication, création": "BEL",
        "Santé, social, éducation": "JK",
        "Gestion, RH, informatique": "M",
        "Achats, logistique, environnement": "AN",
    },
    "jobflux": {
        "admin-finance-it": "CM",
        "retail": "D",
        "media": "BEL",
        "construction": "F",
        "hospitality": "G",
        "manufacturing": "HI",
        "healthcare": "J",
        "services": "AK",
        "logistics": "N",
    },
    "petites-annonces": {
        "Bâtiment": "FI",
        "Commerce / Vente": "D",
        "Restauration": "G",
        "Aide à la personne": "JK",
        "Bureau": "CM",
        "Divers": "ABEHLN",
    },
    "interim-express": {
        "BTP": "F",
        "Industrie": "HI",
        "Logistique & Transport": "N",
        "Tertiaire": "BCELM",
        "Hôtellerie & Commerce": "DG",
        "Santé & Services": "AJK",
    },
}
CATEGORIES = {
    site: {letter: label for label, letters in labels.items() for letter in letters}
    for site, labels in _CATEGORIES.items()
}
_AFFINITIES = {  # families in demand on a site, relative to the market; executives; low pay
    "fleuve-emploi": ({}, 1.5, 0.8),
    "cadres-et-metiers": (dict.fromkeys("DGKNFJ", 0.05) | dict.fromkeys("HI", 0.12), 9.0, 0.05),
    "jobflux": ({}, 1.3, 1.0),
    "guichet-emploi": ({"K": 1.5, "G": 1.3, "L": 1.0}, 0.35, 1.25),
    "petites-annonces": ({"F": 1.7, "G": 1.8, "D": 1.2, "H": 0.3, "C": 0.4, "M": 0.4}, 0.05, 1.0),
    "interim-express": (
        {"H": 2.6, "N": 2.6, "I": 1.8, "F": 1.6, "J": 0.8, "G": 0.5, "D": 0.4, "K": 0.3, "L": 0.2},
        *(0.06, 1.0),
    ),
}
_MONTHS = {  # lengths of contracts; 0 has no end
    "cdi": (0.0,),
    "cdd": (1.0, 2.0, 3.0, 3.0, 4.0, 6.0, 6.0, 6.0, 9.0, 12.0, 12.0, 18.0),
    "interim": (0.5, 1.0, 1.0, 2.0, 3.0, 3.0, 6.0, 12.0, 18.0),
    "alternance": (12.0, 12.0, 24.0, 24.0, 36.0),
}
_CONTRACT_ODDS = {  # by site: cdi, cdd, interim, alternance
    "fleuve-emploi": (70, 21, 3, 6),
    "cadres-et-metiers": (88, 8, 0, 4),
    "jobflux": (66, 20, 8, 6),
    "guichet-emploi": (45, 42, 4, 9),
    "petites-annonces": (60, 30, 1, 9),
    "interim-express": (6, 6, 88, 0),
}
_FACTS = {  # chance that a site's ad states a characteristic
    # experience, diploma, hours, start, permit, telework, positions, salary
    "fleuve-emploi": (0.75, 0.55, 0.65, 0.55, 0.8, 0.7, 1.0, 0.55),
    "cadres-et-metiers": (0.9, 0.85, 0.35, 0.35, 0.6, 0.9, 1.0, 0.6),
    "jobflux": (0.7, 0.5, 0.5, 0.4, 0.6, 0.6, 1.0, 0.6),
    "guichet-emploi": (1.0, 0.8, 0.97, 0.6, 0.9, 0.8, 1.0, 0.9),
    "petites-annonces": (0.55, 0.2, 0.5, 0.5, 0.6, 0.2, 1.0, 0.08),
    "interim-express": (0.6, 0.35, 0.7, 0.8, 0.7, 0.3, 1.0, 0.85),
}
FACTS = ("experience", "diploma", "hours", "start", "permit", "telework", "positions", "salary")

DEPARTMENT_NAMES = {
    **{"75": "Paris", "92": "Hauts-de-Seine", "93": "Seine-Saint-Denis", "69": "Rhône"},
    **{"13": "Bouches-du-Rhône", "59": "Nord", "33": "Gironde", "31": "Haute-Garonne"},
    **{"44": "Loire-Atlantique", "35": "Ille-et-Vilaine", "67": "Bas-Rhin", "68": "Haut-Rhin"},
    **{"57": "Moselle", "54": "Meurthe-et-Moselle", "06": "Alpes-Maritimes", "34": "Hérault"},
    **{"76": "Seine-Maritime", "74": "Haute-Savoie", "29": "Finistère", "63": "Puy-de-Dôme"},
    **{"21": "Côte-d'Or", "38": "Isère", "45": "Loiret", "14": "Calvados"},
}
ENVIRONS = {  # départements that people call after their town, and how
    **{"69": "Région lyonnaise", "13": "Région marseillaise", "59": "Métropole lilloise"},
    **{"33": "Agglomération bordelaise", "31": "Région toulousaine", "44": "Région nantaise"},
    **{"35": "Bassin rennais", "67": "Agglo strasbourgeoise", "68": "Région mulhousienne"},
    **{"57": "Région messine", "54": "Grand Nancy", "06": "Région niçoise"},
    **{"34": "Secteur Montpellier et alentours", "76": "Région rouennaise"},
    **{"74": "Bassin annécien", "29": "Pays de Brest", "63": "Agglomération clermontoise"},
    **{"21": "Région dijonnaise", "38": "Région grenobloise", "45": "Région orléanaise"},
    "14": "Région caennaise",
}
MONTH_NAMES = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre"),
    *("octobre", "novembre", "décembre"),
)
NUMBER_WORDS = {1: "un", 2: "deux", 3: "trois", 5: "cinq", 8: "huit", 10: "dix"}
"""How an ad may spell a number of years."""

# What an ad may say of a characteristic, {} being its value
EXPERIENCE = (
    "Vous justifiez d'une expérience d'au moins {} sur un poste similaire.",
    "Expérience exigée : {}.",
    "Une expérience de {} minimum est demandée.",
    "Vous avez {} d'expérience dans la fonction.",
    "{} d'expérience, si possible dans un poste équivalent.",
    "Profil recherché : {} de pratique au moins.",
)
BEGINNERS = (
    "Débutant accepté.",
    "Débutants acceptés.",
    "Aucune expérience n'est exigée.",
    "Un premier emploi est possible.",
    "Formation assurée en interne : les débutants sont les bienvenus.",
)
DIPLOMA = (
    "Qualification demandée : {}.",
    "{} exigé.",
    "{} ou équivalent.",
    "Formation demandée : {}.",
    "Formation souhaitée : {}.",
)
NO_DIPLOMA = ("Aucun diplôme n'est requis.", "Poste ouvert sans condition de diplôme.")
FULL_TIME = (
    "Temps plein, {} par semaine.",
    "Durée hebdomadaire de travail : {}.",
    "Contrat de {} hebdomadaires.",
    "Base {} par semaine.",
    "Vous travaillez {} par semaine.",
)
PART_TIME = (
    "Temps partiel de {} par semaine.",
    "Poste à temps partiel : {} hebdomadaires.",
    "Temps partiel, {} par semaine, évolutif.",
)
START_NOW = (
    "Poste à pourvoir dès que possible.",
    "Prise de poste immédiate.",
    "Démarrage immédiat.",
    "Disponibilité rapide demandée.",
)
START = (
    "Poste à pourvoir à partir du {}.",
    "Prise de fonction : {}.",
    "Démarrage prévu le {}.",
    "Début du contrat le {}.",
    "Date d'embauche : {}.",
)
PERMIT = (
    "Permis B exigé.",
    "Le permis B est indispensable.",
    "Vous êtes titulaire du permis de conduire.",
    "Permis B et véhicule nécessaires pour vos déplacements.",
)
TELEWORK = (
    "Télétravail possible {} par semaine.",
    "{} de télétravail par semaine.",
    "Organisation hybride avec {} à distance.",
)
POSITIONS = ("{} postes à pourvoir.", "Nous recrutons {} personnes.", "Nombre de postes : {}.")
PAID = ("Rémunération : {}.", "Salaire : {}.", "Salaire proposé : {}.", "Nous proposons : {}.")
SCHEDULES = {
    "s": (
        "Travail en 2x8.",
        "Équipes alternantes matin et après-midi.",
        "Horaires postés en 3x8.",
        "Horaires de journée.",
    ),
    "n": (
        "Travail le week-end par roulement.",
        "Un week-end sur deux travaillé.",
        "Horaires décalés, deux jours de repos consécutifs.",
        "Travail de nuit possible.",
    ),
}
SKILLS = (
    ("Vous êtes rigoureux et organisé.", "Rigueur et organisation sont attendues."),
    ("Vous aimez le travail en équipe.", "Esprit d'équipe indispensable."),
    ("Vous avez le sens du service.", "Le goût du contact est essentiel."),
    ("Vous savez travailler en autonomie.", "Autonomie et initiative appréciées."),
    ("Ponctuel et motivé, vous vous adaptez vite.", "Motivation et ponctualité requises."),
    ("Vous faites preuve de discrétion.", "Une grande discrétion est demandée."),
    ("Vous savez gérer les priorités.", "Sens des priorités attendu."),
)
OFFICE_SKILL = ("Vous maîtrisez les outils bureautiques.", "Bonne pratique de la bureautique.")
PHYSICAL_SKILL = (
    *("Une bonne condition physique est nécessaire.", "Poste debout avec port de charges."),
)
PERKS = (
    ("titres-restaurant", "tickets restaurant"),
    ("mutuelle d'entreprise", "complémentaire santé"),
    ("prime annuelle", "treizième mois"),
    ("véhicule de service", "voiture de société"),
    ("paniers repas", "indemnité de repas"),
    ("comité d'entreprise", "avantages CE"),
    ("remboursement des transports", "participation aux frais de transport"),
    ("intéressement et participation", "épargne salariale"),
)
OFFERED = ("Avantages : {}.", "Vous bénéficiez de : {}.", "Nous offrons : {}.", "Les plus : {}.")
TASKS = (
    "Vos missions : {}.",
    "Vous serez chargé de : {}.",
    "Dans ce poste, vous devrez {}.",
    "Vos principales responsabilités seront de : {}.",
    "Au quotidien, il vous faudra {}.",
)
NOUN_TASKS = (
    "Missions : {}.",
    "Activités principales : {}.",
    "Le poste comprend : {}.",
    "Vous prenez en charge : {}.",
    "Au programme : {}.",
)
# {c} company, {x} its activity, {t} town, {of} of the town, {j} post, {y} year, {h} employees
INTROS = {
    "fleuve-emploi": (
        "{c}, {x}, recrute à {t} un poste {dj}.",
        "Entreprise {of} ({x}), {c} recherche pour renforcer son équipe : {j}.",
        "Rejoignez {c} ! Nous cherchons à {t} notre futur collaborateur : {j}.",
        "Dans le cadre de son développement, {c} recrute à {t} : {j}.",
        "Société {of} créée en {y}, {c} recherche : {j}.",
        "Suite à un départ, {c} ({x}) cherche à {t} un profil {dj}.",
    ),
    "cadres-et-metiers": (
        "Créée en {y}, {c} compte {h} salariés et intervient dans le secteur suivant : {x}. "
        "Pour accompagner sa croissance, la société ouvre à {t} un poste {dj}.",
        "Acteur reconnu ({x}), {c} réunit {h} collaborateurs. "
        "Nous recherchons pour notre site {of} : {j}.",
        "Notre groupe ({x}, {h} personnes) poursuit son développement et recrute à {t} : {j}. "
        "Vous êtes rattaché à la direction.",
        "{c}, fondée en {y}, renforce son encadrement {of} et vous propose un poste {dj}.",
    ),
    "guichet-emploi": (
        "Vous travaillerez à {t} au sein de l'entreprise {c} ({x}) comme {j}.",
        "Pour une entreprise {of} dont l'activité est : {x}, nous recherchons : {j}.",
        "L'établissement {c}, situé à {t}, emploie {h} personnes et recrute : {j}.",
        "Vous occuperez un emploi {dj} à {t}, secteur d'activité : {x}.",
    ),
    "petites-annonces": (
        "{c} cherche {j} sur {t}.",
        "Recherche {j} pour {x}, secteur {t}.",
        "Urgent ! {c} à {t} recrute {j}.",
        "On cherche {j}, {t} centre.",
    ),
    "interim-express": (
        "Votre agence {c} {of} recherche pour l'un de ses clients ({x}) : {j}.",
        "{c} recrute pour son client, spécialiste du secteur {x}, à {t} : {j}.",
        "Notre client, une entreprise {of} ({x}), a besoin de renfort : {j}.",
        "Mission à {t} pour une société de {h} salariés ({x}) : {j}. Votre agence : {c}.",
    ),
}
INTROS["jobflux"] = INTROS["fleuve-emploi"][:4]
HIDDEN_INTROS = (
    "Notre client, entreprise {of} ({x}), recherche dans le cadre d'un recrutement : {j}.",
    "Cabinet de recrutement, nous recherchons pour une société {of} : {j}. Secteur : {x}.",
    "Pour le compte d'une entreprise de {h} personnes ({x}), à {t}, nous recrutons : {j}.",
)
POOL_INTROS = (
    "{c} recrute toute l'année à {t} : {j}.",
    "Rejoignez le vivier de candidats de {c} {of} : {j}.",
    "Nous étudions en permanence les candidatures {dj} pour le secteur {of}.",
)
CONTACTS = {
    "fleuve-emploi": (
        "Merci d'adresser CV et lettre de motivation à recrutement@{m}.example.",
        "Envoyez votre candidature à emploi@{m}.example.",
        "Candidature à déposer en ligne.",
        "",
    ),
    "cadres-et-metiers": (
        "Merci de postuler en ligne sous la référence indiquée.",
        "Votre candidature sera étudiée en toute confidentialité.",
        "Processus : deux entretiens, puis une proposition sous trois semaines.",
        "",
    ),
    "jobflux": ("", "Postulez en un clic."),
    "guichet-emploi": (
        "Pour postuler, connectez-vous à votre espace personnel.",
        "Candidature par l'intermédiaire de votre conseiller.",
        "Envoyez votre CV à candidature@{m}.example en rappelant la référence de l'offre.",
    ),
    "petites-annonces": (
        "Tél. 01 99 00 {p}.",
        "Appelez le 01 99 00 {p} après 18 h.",
        "Mail : {m}@{m}.example",
        "Se présenter avec un CV.",
        "",
    ),
    "interim-express": (
        "Inscrivez-vous en agence ou en ligne.",
        "Contactez votre agence au 01 99 00 {p}.",
        "Indemnités de fin de mission et congés payés en plus.",
        "Postulez vite, la mission démarre bientôt.",
    ),
}
CONTRACTS = {
    "cdi": (
        *("CDI", "CDI", "CDI", "Contrat à durée indéterminée", "CDI temps plein", "C.D.I.", "cdi"),
        *("Emploi en CDI", "Durée indéterminée"),
    ),
    "cdd": (
        *("CDD {}", "CDD - {}", "CDD de {}", "Contrat à durée déterminée - {}", "CDD", "cdd {}"),
        *("Contrat à durée déterminée ({})", "CDD {} renouvelable", "C.D.D. {}"),
    ),
    "interim": (
        *(
            "Intérim - {}",
            "Mission intérimaire - {}",
            "Travail temporaire",
            "Intérim",
            "INTERIM {}",
        ),
        *("Mission d'intérim de {}", "Travail temporaire ({})", "mission {}"),
    ),
    "alternance": (
        *("Alternance", "Contrat d'apprentissage - {}", "Apprentissage", "Alternance {}"),
        *("Contrat de professionnalisation - {}", "contrat pro {}"),
    ),
}
FORMAL_CONTRACTS = {  # the public employment service spells out
    "cdi": ("Contrat à durée indéterminée",),
    "cdd": ("Contrat à durée déterminée - {}",),
    "interim": ("Mission intérimaire - {}",),
    "alternance": ("Contrat d'apprentissage - {}", "Contrat de professionnalisation - {}"),
}
NO_FIGURE = {
    "fleuve-emploi": (
        "selon expérience",
        "à négocier",
        "selon convention collective",
        "selon profil",
    ),
    "cadres-et-metiers": ("À négocier", "Selon profil", "Selon expérience", "Fixe + variable"),
    "jobflux": ("Salaire non communiqué", "selon profil"),
    "guichet-emploi": ("Selon convention collective", "À négocier", "Selon expérience"),
    "petites-annonces": ("à débattre", "selon exp.", "à voir ensemble"),
    "interim-express": ("selon grille du client", "selon profil", "à définir"),
}
# What a site writes when it gives figures: the manners of `_PAY`, with their odds
PAY_ODDS = {
    "fleuve-emploi": {"year": 30, "month": 22, "month13": 12, "k": 18, "smic": 8, "net": 10},
    "cadres-et-metiers": {"k": 55, "year": 20, "from_k": 12, "k_plus": 13},
    "jobflux": {"year": 35, "k_from_to": 25, "month": 20, "hour": 20},
    "guichet-emploi": {"formal_month": 55, "formal_hour": 25, "formal_year": 20},
    "petites-annonces": {"net": 45, "smic": 25, "hour": 20, "month": 10},
    "interim-express": {
        **{"hour": 30, "hour_extra": 16, "smic": 8, "net": 9, "month": 9, "month13": 8, "year": 6},
        **{"k": 6, "k_from_to": 5, "up_to": 5},
    },
}

_NOT_WORDS = re.compile(r"[^a-z0-9]+")
_CAPITALS = "BCDFGHJKLMNPQRSTVWXYZ"
NBSP, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"
_EXECUTIVE_SITE = "cadres-et-metiers"
CONSULTANT = "cabinet"  # an agency without a name


class _Writer(Dice):
    """Choices, and how often ads for one vacancy are alike."""

    def __init__(self, rng: np.random.Generator, harder: bool) -> None:
        super().__init__(rng)
        self.complete = COMPLETE_IF_HARDER if harder else COMPLETE
        self.reworded = 1.0 if harder else REWORDED


class _Occupation(NamedTuple):
    code: str
    executive: bool
    low: float
    high: float
    weight: float
    naf: tuple[str, ...]
    posts: tuple[tuple[str, ...], ...]
    tasks: tuple[tuple[str, str], ...]
    diplomas: tuple[str, ...]
    flags: str

    @property
    def family(self) -> str:
        return self.code[0]


@dataclass(slots=True)
class _Employer:
    name: str
    activity: str
    heads: int
    founded: int


@dataclass(slots=True)
class _Vacancy:
    """What is offered; a ghost is one that nobody means to fill."""

    job: int
    post: tuple[str, ...]
    firm: _Employer
    town: int
    contract: str
    months: float  # 0 where the contract has no end
    low: int  # euros gross a year, full time
    high: int
    years: int  # of experience
    diploma: str
    hours: float
    start: int  # 0: as soon as possible
    permit: bool
    telework: int
    positions: int
    tasks: list[tuple[str, str]]
    perks: list[tuple[str, str]]
    skills: list[tuple[str, str]]
    schedule: str
    kind: str
    opened: int
    closed: int  # filled or, of ghosts and pools, given up
    agency: str = ""  # that advertises in its own name
    phone: str = ""
    campaign: list["_Text"] | None = None  # the text that several vacancies share, once written

    def facts(self) -> set[str]:
        """Return the characteristics that an ad for this vacancy may state."""
        absent = set()
        if not self.permit:
            absent.add("permit")
        if not self.telework:
            absent.add("telework")
        if self.positions == 1:
            absent.add("positions")
        return set(FACTS) - absent


class _Text(NamedTuple):
    """An ad's words: `{t}` and `{of}` stand for the town, so that a campaign can share them."""

    post: str
    sentences: tuple[tuple[str, str], ...]  # the characteristic that each states, or ""
    facts: frozenset[str]


@dataclass(slots=True)
class _Ad:
    site: str
    group: int  # position of its vacancy or ghost
    post: str
    title: str
    sentences: list[tuple[str, str]]
    """Each with the characteristic that it states, if any."""
    facts: frozenset[str]
    company: str
    first: int
    last: int
    published: int
    pay: "_Pay"
    source: int = -1  # position of the ad that it was taken over from
    place: tuple[str, str, str] = ("", "", "")  # location, commune, département
    contract: str = ""
    months: float = 0.0
    apply_by: int = 0
    structured: tuple[float | None, float | None, str] = (None, None, "")

    @property
    def description(self) -> str:
        return " ".join(words for _, words in self.sentences)


class _Pay(NamedTuple):
    """What an ad says of pay: its text, and the euros gross a year that this means."""

    text: str = ""
    low: float | None = None
    high: float | None = None
    amounts: tuple[float | None, float | None, str] = (None, None, "")  # as stated, with the unit


def _read_occupations() -> list[_Occupation]:
    found = []
    for line in employers.records(_OCCUPATIONS):
        code, executive, low, high, weight, naf, posts, tasks, diplomas, flags = line.split("|")
        found.append(
            _Occupation(
                code,
                executive == "1",
                float(low),
                float(high),
                float(weight),
                tuple(naf.split(",")),
                tuple(tuple(post.split("+")) for post in posts.split(";")),
                tuple(tuple(task.split("~")) for task in tasks.split(";")),
                tuple(diplomas.split(";")),
                flags,
            )
        )
    return found


OCCUPATIONS = _read_occupations()


def n_blocks(scale: float) -> int:
    """Return the number of blocks of a twin: one at scale 1, one at least.

    Raises
    ------
    SsplabError
        If the twin would need more identifiers than their range holds.
    """
    number = max(1, round(scale))
    if number > MAX_BLOCKS:
        raise SsplabError(f"scale is {scale:g}: the job_offers twin goes up to {MAX_BLOCKS}.")
    return number


def blocks(seed: int, scale: float, *, harder: bool = False) -> Iterator[Block]:
    """Yield the twin block by block, each 6,000 ads that repeat one another.

    Block `i` depends on `seed` and `i` only: a larger twin begins with the smaller one. Ads of
    different blocks are never for the same vacancy. The tables `sites` and `market` do not grow:
    they stand in the first block.

    Parameters
    ----------
    seed : int
        Seed of the twin, 0 or more.
    scale : float
        1 gives 6,000 ads, 10 ten times as many; less than 1 gives 1.
    harder : bool, default False
        Whether nothing is taken over word for word and other ads for a vacancy seldom state the
        same characteristics: a setting beyond the one on the card.

    Yields
    ------
    Block
        Tables `ads`, `sites`, `market`; truth `ads`, `vacancies`, `pairs`.
    """
    for number in range(n_blocks(scale)):
        streams = np.random.SeedSequence(seed, spawn_key=(number,)).spawn(3)
        yield _block(number, [np.random.default_rng(stream) for stream in streams], harder)


def _block(number: int, streams: list[np.random.Generator], harder: bool) -> Block:
    dice = _Writer(streams[0], harder)
    vacancies, ads = _postings(dice)
    ads = ads[:ADS]
    used = sorted({ad.group for ad in ads})
    order = streams[1].permutation(len(ads))
    ranks = number * ADS + order
    ad_id = np.char.add("A", (1_000_000 + ranks * ID_STEP % IDS).astype(str)).tolist()
    ranks = number * ADS + streams[1].permutation(ADS)[: len(used)]
    numbers = 1_000_000 + ranks * VACANCY_STEP % IDS
    vacancy_id = dict(zip(used, np.char.add("V", numbers.astype(str)).tolist(), strict=True))
    ranks = number * ADS + streams[1].permutation(len(ads))
    references = ranks * REFERENCE_STEP % REFERENCES

    table = _ad_table(vacancies, ads, ad_id, references.tolist())
    tables = {"ads": table.sort_values("ad_id")}
    if number == 0:
        tables |= {"sites": _site_table(), "market": _market_table(Dice(streams[2]))}
    else:
        tables |= {"sites": _site_table().head(0), "market": _empty_market()}
    return Block(
        tables,
        {
            "ads": _truth_table(vacancies, ads, ad_id, vacancy_id).sort_values("ad_id"),
            "vacancies": _vacancy_table(vacancies, vacancy_id).sort_values("vacancy_id"),
            "pairs": _pair_table(vacancies, ads, ad_id),
        },
    )


# Vacancies


def _cumulated(weights: list[float]) -> list[float]:
    return list(itertools.accumulate(weights))


def _drawn(dice: Dice, bounds: list[float]) -> int:
    return bisect_right(bounds, dice.uniform() * bounds[-1])


def _site_bounds() -> dict[str, list[float]]:
    bounds = {}
    for site, (families, executives, low_pay) in _AFFINITIES.items():
        bounds[site] = _cumulated(
            [
                job.weight
                * families.get(job.family, 1.0)
                * (executives if job.executive else 1.0)
                * (low_pay if job.low < 21 else 1.0)
                for job in OCCUPATIONS
            ]
        )
    return bounds


_SITE_BOUNDS = _site_bounds()
# Rounded: processors differ in the last digit of an exponential
_TYPICAL_HEADS = {
    code: round(math.exp(trade.size), 3) for code, trade in employers.ACTIVITY.items()
}
_TOWN_BOUNDS = _cumulated(employers.COMMUNE_SHARES.tolist())


def _skewed(dice: Dice) -> float:
    """Return a number from 0 to 1, mostly small; its root is the same on every processor."""
    number = dice.uniform()
    return number * math.sqrt(number)


def _postings(dice: _Writer) -> tuple[list[_Vacancy], list[_Ad]]:
    """Draw vacancies and advertise them, until there are as many ads as a block has."""
    vacancies: list[_Vacancy] = []
    ads: list[_Ad] = []
    known: dict[str, list[_Employer]] = {}
    while len(ads) < ADS:
        site = dice.weighted(ORIGIN_ODDS)
        first = _vacancy(dice, site, known)
        batch = [first]
        if site in ("fleuve-emploi", "guichet-emploi", "interim-express") and dice.chance(0.035):
            batch = _campaign(dice, first)
        for vacancy in batch:
            vacancies.append(vacancy)
            _advertise(dice, vacancy, len(vacancies) - 1, site, ads)
    return vacancies, ads


def _vacancy(dice: Dice, site: str, known: dict[str, list[_Employer]]) -> _Vacancy:
    number = _drawn(dice, _SITE_BOUNDS[site])
    job = OCCUPATIONS[number]
    town = _drawn(dice, _TOWN_BOUNDS)
    contract = dice.weighted(dict(zip(_MONTHS, _CONTRACT_ODDS[site], strict=True)))
    months = dice.pick(_MONTHS[contract])
    part = "p" in job.flags and dice.chance(0.45 if "f" in job.flags else 0.75)
    hours = dice.pick([15.0, 20.0, 24.0, 24.0, 28.0, 30.0] if part else [35.0] * 4 + [37.5, 39.0])
    years = dice.weighted(
        {0: 30, 1: 22, 2: 22, 3: 14, 5: 12}
        if not job.executive
        else {0: 8, 1: 10, 2: 20, 3: 24, 5: 26, 8: 12}
    )
    level = dice.uniform() * 0.6 + 0.05 * min(years, 5)
    near_paris = DEPARTMENTS[COMMUNES[town].department].code in ("75", "92", "93")
    low = (job.low + level * (job.high - job.low)) * (1.07 if near_paris else 1.0)
    if contract == "alternance":
        low = max(0.75 * low, 20.6)
    low = max(round(low * 10) * 100, 21_000)
    high = round(low * (1.03 + 0.17 * dice.uniform()) / 100) * 100
    if dice.chance(0.3):
        high = low
    kind = "genuine"
    if dice.chance(GHOSTS):
        kind = "ghost"
    elif dice.chance(EVERGREENS * (3 if site == "interim-express" else 1)):
        kind = "evergreen"
    opened = FIRST_DAY - 45 + dice.below(LAST_DAY - FIRST_DAY + 45)
    lasts = 8 + int(70 * _skewed(dice)) + (20 if job.executive else 0)
    if kind == "ghost":
        lasts = 45 + dice.below(90)
    elif kind == "evergreen":
        opened, lasts = FIRST_DAY - dice.below(200), 400
    start = 0
    if dice.chance(0.55):
        start = opened + 10 + dice.below(60)
    positions = 1
    if kind == "evergreen":
        positions = 5 + dice.below(16)
    elif dice.chance(0.12 if job.low < 21.5 else 0.03):
        positions = 2 + dice.below(5)
    agency = dice.pick(employers.AGENCIES) if site == "interim-express" else ""
    if site == _EXECUTIVE_SITE and dice.chance(0.28):
        agency = CONSULTANT
    return _Vacancy(
        job=number,
        post=dice.pick(job.posts),
        firm=_employer(dice, job, town, known),
        town=town,
        contract=contract,
        months=months,
        low=low,
        high=high,
        years=years,
        diploma=dice.pick(job.diplomas),
        hours=hours,
        start=start,
        permit="v" in job.flags and dice.chance(0.8),
        telework=dice.pick([1, 2, 3]) if job.family in "MCE" and dice.chance(0.4) else 0,
        positions=positions,
        tasks=_some(dice, job.tasks, 3 + dice.below(3)),
        perks=_some(dice, PERKS, dice.below(4)),
        skills=_some(dice, (*SKILLS, _own_skill(job)), dice.below(3)),
        schedule=next((flag for flag in "sn" if flag in job.flags), ""),
        kind=kind,
        opened=opened,
        closed=opened + lasts,
        agency=agency,
        phone=f"{dice.below(100):02d} {dice.below(100):02d}",
    )


def _own_skill(job: _Occupation) -> tuple[str, str]:
    office = job.executive or job.family in "CEJM"
    return OFFICE_SKILL if office else PHYSICAL_SKILL


def _some(dice: Dice, choices, number: int) -> list:
    rest = list(choices)
    return [rest.pop(dice.below(len(rest))) for _ in range(min(number, len(rest)))]


def _employer(
    dice: Dice, job: _Occupation, town: int, known: dict[str, list[_Employer]]
) -> _Employer:
    """Return an employer for an occupation, often one that has recruited before."""
    naf = dice.pick(job.naf)
    place = f"{naf} {town}"
    if known.get(place) and dice.chance(0.35):
        return dice.pick(known[place])
    trade = employers.ACTIVITY[naf]
    brands = [brand for brand in employers.BRANDS if brand.code == naf]
    if brands and dice.chance(0.3):
        name = dice.pick(brands).name
    else:
        name = employers.company(dice, trade, town).name
    share = dice.uniform()
    heads = max(2, int(_TYPICAL_HEADS[naf] * (0.4 + 3 * share * share)))
    firm = _Employer(name, dice.pick(trade.texts), heads, 1955 + dice.below(66))
    known.setdefault(place, []).append(firm)
    return firm


def _campaign(dice: Dice, first: _Vacancy) -> list[_Vacancy]:
    """Return vacancies that one text advertises: a chain's in several towns, an agency's clients'.

    They differ in the town or, in the same town, in length and pay.
    """
    first = replace(first, kind="genuine", positions=1, campaign=[], closed=first.opened + 50)
    found = [first]
    here = dice.chance(0.3)
    for _ in range(2 + dice.below(5)):
        town = first.town if here else _drawn(dice, _TOWN_BOUNDS)
        low = first.low + (200 * (1 + dice.below(8)) if here else 0)
        found.append(
            replace(
                first,
                town=town,
                low=low,
                high=low + first.high - first.low,
                opened=first.opened + dice.below(15),
                closed=first.opened + 25 + dice.below(45),
                months=first.months + dice.below(4) if here and first.months else first.months,
            )
        )
    return found


# Ads


def _advertise(dice: _Writer, vacancy: _Vacancy, group: int, site: str, ads: list[_Ad]) -> None:
    """Append all ads for one vacancy."""
    pool, shared = vacancy.kind == "evergreen", vacancy.campaign
    first = vacancy.opened + dice.below(6)
    last = LAST_DAY + 30 if pool else vacancy.closed + dice.below(8) - 3
    again = last - first > 50 and (vacancy.kind != "genuine" or dice.chance(AGAIN))
    end = first + 28 + dice.below(10) if again and not pool else last
    if shared:
        text = shared[0]
    else:
        text = _written(dice, vacancy, site, _stated(dice, vacancy, site, None))
        if shared is not None:
            shared.append(text)
    own = [_put(dice, vacancy, group, site, text, first, end, ads)]
    if again:
        begin = end + 1 + dice.below(14)
        if pool:
            begin = max(first, FIRST_DAY) + 30 + dice.below(25)
        later = text
        if shared is None and dice.chance(0.7):
            later = _written(dice, vacancy, site, _stated(dice, vacancy, site, text))
        own.append(_put(dice, vacancy, group, site, later, begin, max(last, begin), ads))
    if shared is None and dice.chance(SECOND_SITE):
        other = _other_site(dice, vacancy, site)
        begin = first + dice.below(max(2, min(40, last - first)))
        speaker = replace(vacancy, agency=_agency(dice, other, vacancy))
        more = _written(dice, speaker, other, _stated(dice, speaker, other, text))
        own.append(_put(dice, speaker, group, other, more, begin, max(last, begin + 5), ads))
    for place in own:
        if place is not None and ads[place].site != "guichet-emploi" and dice.chance(TO_GUICHET):
            _take_over(dice, vacancy, "guichet-emploi", place, ads)
        if place is not None and ads[place].site != "jobflux" and dice.chance(TO_JOBFLUX):
            _take_over(dice, vacancy, "jobflux", place, ads)


def _other_site(dice: Dice, vacancy: _Vacancy, site: str) -> str:
    other = dice.pick([name for name in SITES if name not in (site, "jobflux")])
    if other == _EXECUTIVE_SITE and not OCCUPATIONS[vacancy.job].executive:
        return "interim-express" if site == "fleuve-emploi" else "fleuve-emploi"
    return other


def _agency(dice: Dice, site: str, vacancy: _Vacancy) -> str:
    """Return the agency that writes on a site for a vacancy's employer, "" if none does."""
    if site == "interim-express":
        known = vacancy.agency not in ("", CONSULTANT)
        return vacancy.agency if known else dice.pick(employers.AGENCIES)
    return ""


def _put(
    dice: _Writer,
    vacancy: _Vacancy,
    group: int,
    site: str,
    text: _Text,
    first: int,
    last: int,
    ads: list[_Ad],
) -> int | None:
    """Append an ad, if it is on the site in the six months; return its position, or None."""
    if last < FIRST_DAY or first > LAST_DAY:
        return None
    published = first
    renewed = 0.9 if vacancy.kind == "evergreen" else 0.35 if last - first > 30 else 0.0
    if dice.chance(renewed) and site != "petites-annonces":
        published = first + 7 * (1 + dice.below(max(1, (min(last, LAST_DAY) - first) // 7)))
    seen = max(first + dice.weighted({0: 8, 1: 2, 2: 1}), FIRST_DAY)
    last = min(last, LAST_DAY)
    if seen > last:
        return None
    published = min(published, last)
    pay = _Pay()
    if "salary" in text.facts:
        pay = _stated_pay(dice, site, vacancy, published)
    elif dice.chance(0.5):
        pay = _Pay(dice.pick(NO_FIGURE[site]))
    sentences = _filled(text, vacancy, pay)
    title = _titled(dice, site, text.post, vacancy)
    if site == "petites-annonces":
        title, *words = _carelessly(dice, [title, *(words for _, words in sentences)])
        sentences = [(fact, one) for (fact, _), one in zip(sentences, words, strict=True)]
    ads.append(
        _Ad(
            site=site,
            group=group,
            post=text.post,
            title=title,
            sentences=sentences,
            facts=text.facts,
            company=_company_named(dice, site, vacancy),
            first=seen,
            last=last,
            published=published,
            pay=pay,
            structured=_structured(dice, site, pay),
            place=_located(dice, site, vacancy),
            apply_by=_deadline(dice, site, published),
            **_engaged(dice, site, vacancy),
        )
    )
    return len(ads) - 1


def _filled(text: _Text, vacancy: _Vacancy, pay: "_Pay") -> list[tuple[str, str]]:
    """Return a text's sentences with the town and the pay in their places."""
    town = COMMUNES[vacancy.town]
    return [
        (fact, _placed(words, town).replace("{s}", pay.text))
        for fact, words in text.sentences
        if words
    ]


def _placed(words: str, town) -> str:
    name = _stem(town.name)[0]
    if name.startswith("Le "):
        words = words.replace("à {t}", f"au {name[3:]}")
    return words.replace("{t}", name).replace("{of}", employers.of(name))


def _stem(name: str) -> tuple[str, str]:
    """Return a town's name without the number of its arrondissement, and the number."""
    stem = name.rstrip("0123456789 ")
    return stem, name[len(stem) + 1 :]


def _stated(dice: _Writer, vacancy: _Vacancy, site: str, before: _Text | None) -> frozenset[str]:
    """Return the characteristics that an ad states, often those of an earlier one."""
    if before is not None and dice.chance(dice.complete):
        return before.facts
    chances = dict(zip(FACTS, _FACTS[site], strict=True))
    possible = vacancy.facts()
    return frozenset(fact for fact in FACTS if dice.chance(chances[fact]) and fact in possible)


def _written(dice: Dice, vacancy: _Vacancy, site: str, stated: frozenset[str]) -> _Text:
    """Write an ad for a vacancy in a site's manner that states these characteristics."""
    small_ad = site == "petites-annonces"
    post = dice.pick(vacancy.post)
    name, mail, intros = _sender(dice, vacancy, site)
    intro = (
        dice.pick(intros)
        .replace("{c}", name)
        .replace("{x}", vacancy.firm.activity)
        .replace("{dj}", _of_post(post))
        .replace("{j}", _in_sentence(post))
        .replace("{y}", str(vacancy.firm.founded))
        .replace("{h}", str(vacancy.firm.heads))
    )
    tasks = vacancy.tasks[:2] if small_ad else vacancy.tasks
    nouns = dice.chance(0.5)
    told = ", ".join(task[nouns] for task in _some(dice, tasks, len(tasks)))
    duties = dice.pick(NOUN_TASKS if nouns else TASKS).format(told)
    extras = _extras(dice, vacancy)
    if small_ad:
        extras = extras[: dice.below(2)]
    middle = [*_characteristics(dice, vacancy, stated), *(("", one) for one in extras)]
    if site in ("guichet-emploi", _EXECUTIVE_SITE):  # they keep an order: profile, conditions
        profile = {"experience", "diploma", "permit", ""}
        middle.sort(key=lambda part: part[0] not in profile)
    else:
        middle = _some(dice, middle, len(middle))
    contact = dice.pick(CONTACTS[site]).replace("{m}", mail).replace("{p}", vacancy.phone)
    return _Text(post, (("", intro), ("", duties), *middle, ("", contact)), stated)


def _sender(dice: Dice, vacancy: _Vacancy, site: str) -> tuple[str, str, tuple[str, ...]]:
    """Return who speaks in an ad, a name for its mail, and how the ad may begin."""
    hidden = vacancy.agency == CONSULTANT
    pool = vacancy.kind == "evergreen" or (vacancy.kind == "ghost" and dice.chance(0.25))
    intros = POOL_INTROS if pool else HIDDEN_INTROS if hidden else INTROS[site]
    if hidden:
        return "Notre cabinet", "cabinet-conseil", intros
    name = vacancy.agency or vacancy.firm.name
    return name, words(name).replace(" ", "-"), intros


def _in_sentence(post: str) -> str:
    return post if post[:2].isupper() else post[0].lower() + post[1:]


def _of_post(post: str) -> str:
    name = _in_sentence(post)
    return f"d'{name}" if words(name)[0] in "aeiouh" else f"de {name}"


def _characteristics(
    dice: Dice, vacancy: _Vacancy, stated: frozenset[str]
) -> list[tuple[str, str]]:
    """Return a sentence for each characteristic stated; pay has one sometimes."""
    found = []
    for fact in FACTS:
        if fact not in stated:
            continue
        if fact == "experience":
            sentence = dice.pick(EXPERIENCE).format(_years(dice, vacancy.years))
            if vacancy.years == 0:
                sentence = dice.pick(BEGINNERS)
        elif fact == "diploma":
            none = vacancy.diploma == "Sans diplôme"
            sentence = dice.pick(NO_DIPLOMA if none else DIPLOMA).format(vacancy.diploma)
        elif fact == "hours":
            ways = PART_TIME if vacancy.hours < 35 else FULL_TIME
            sentence = dice.pick(ways).format(_hours(dice, vacancy.hours))
        elif fact == "start":
            sentence = dice.pick(START_NOW)
            if vacancy.start:
                sentence = dice.pick(START).format(_day(dice, vacancy.start))
        elif fact == "permit":
            sentence = dice.pick(PERMIT)
        elif fact == "telework":
            days = "1 jour" if vacancy.telework == 1 else f"{vacancy.telework} jours"
            sentence = dice.pick(TELEWORK).format(days)
        elif fact == "positions":
            sentence = dice.pick(POSITIONS).format(vacancy.positions)
        elif dice.chance(0.35):
            sentence = dice.pick(PAID).format("{s}")
        else:
            continue
        found.append((fact, sentence[0].upper() + sentence[1:]))
    return found


def _extras(dice: Dice, vacancy: _Vacancy) -> list[str]:
    """Return what an ad says besides: skills, schedule, advantages."""
    side = dice.below(2)
    extras = [skill[side] for skill in vacancy.skills]
    if vacancy.schedule and dice.chance(0.5):
        extras.append(dice.pick(SCHEDULES[vacancy.schedule]))
    if vacancy.perks and dice.chance(0.7):
        named = ", ".join(perk[side] for perk in vacancy.perks)
        extras.append(dice.pick(OFFERED).format(named))
    return extras


def _years(dice: Dice, years: int) -> str:
    unit = "an" if years == 1 else "ans"
    if years in (1, 2) and dice.chance(0.15):
        return f"{12 * years} mois"
    if years in NUMBER_WORDS and dice.chance(0.25):
        return f"{NUMBER_WORDS[years]} {unit}"
    return f"{years} {unit}"


def _hours(dice: Dice, hours: float) -> str:
    whole, half = int(hours), hours % 1 > 0
    return dice.pick(
        [f"{whole}h30", f"{whole},5 heures"]
        if half
        else [f"{whole} h", f"{whole}h", f"{whole} heures", f"{whole}h00"]
    )


def _day(dice: Dice, ordinal: int) -> str:
    day = datetime.date.fromordinal(ordinal)
    number = "1er" if day.day == 1 else str(day.day)
    return dice.pick(
        [
            f"{number} {MONTH_NAMES[day.month - 1]} {day.year}",
            f"{number} {MONTH_NAMES[day.month - 1]}",
            f"{day.day:02d}/{day.month:02d}/{day.year}",
            f"{day.day:02d}/{day.month:02d}/{day.year % 100}",
        ]
    )


def _titled(dice: Dice, site: str, post: str, vacancy: _Vacancy) -> str:
    town = _stem(COMMUNES[vacancy.town].name)[0]
    mark = dice.pick(["H/F", "(H/F)", "F/H", "(F/H)", "H/F"])
    if site == "guichet-emploi":
        return f"{post} (H/F)"
    if site == "petites-annonces":
        return dice.pick([post, post.lower(), f"Cherche {post.lower()}", post.upper(), post])
    if site == "interim-express":
        return dice.pick([f"{post.upper()} {mark}", f"{post} {mark}", f"{post} - {town} {mark}"])
    if site == "jobflux":
        return dice.pick([f"{post} {mark}", f"{post} - {town}", post])
    return dice.pick([f"{post} {mark}", f"{post} {mark}", post, f"{post} - {town} {mark}"])


def _carelessly(dice: Dice, texts: list[str]) -> list[str]:
    """Return an ad's texts as somebody in a hurry types them; addresses and numbers stay right."""
    slips = 0.06 if dice.chance(0.5) else 0.015

    def slip(word: str) -> str:
        plain = word.isalpha() and len(word) > 4 and dice.chance(slips)
        return employers.misspelt(dice, word) if plain else word

    texts = [" ".join(slip(word) for word in text.split(" ")) for text in texts]
    if dice.chance(0.4):
        texts = [employers.without_accents(text) for text in texts]
    if dice.chance(0.3):
        texts = [text.lower() for text in texts]
    return texts


def _company_named(dice: Dice, site: str, vacancy: _Vacancy) -> str:
    if vacancy.agency:
        return ""
    name = vacancy.firm.name
    if site == "guichet-emploi":
        return dice.pick([name, employers.unaccented(name), ""])
    if site == "jobflux":
        return dice.pick([name, name.upper(), employers.unaccented(name)])
    if site == "petites-annonces":
        return dice.pick([name, name.lower(), ""])
    return dice.pick([name, name, name, f"{name} SARL", f"SAS {name}", name.upper()])


def _take_over(dice: _Writer, vacancy: _Vacancy, site: str, place: int, ads: list[_Ad]) -> None:
    """Append the copy that an aggregator or a partner makes of an ad."""
    source = ads[place]
    first = source.first + dice.below(7)
    last = source.last + dice.below(15) - 5
    if site == "jobflux":
        last += dice.below(45) if dice.chance(0.5) else 0
    last = min(max(last, first), LAST_DAY)
    if first > LAST_DAY:
        return
    copy = replace(source, site=site, first=first, last=last, published=first, source=place)
    copy.apply_by = _deadline(dice, site, first)
    if source.place[1] and not (site == "jobflux" and dice.chance(0.6)):
        copy.place = _located(dice, site, vacancy, vague=False)
    if site == "guichet-emploi":
        copy.contract = _engaged(dice, site, vacancy)["contract"]
        copy.months = vacancy.months
    if site == "jobflux":
        copy.title = dice.pick(
            [
                *(source.title, source.title, source.title, source.title.upper()),
                _titled(dice, site, source.post, vacancy),
            ]
        )
        if dice.chance(max(CUT, dice.reworded == 1.0)) and len(source.description) > 240:
            _cut(dice, copy, 140 + dice.below(140))
        copy.company = dice.pick([source.company] * 3 + [source.company.upper()])
        if source.pay.amounts[2]:
            copy.pay = _restated(dice, source.pay)
    elif dice.chance(dice.reworded):
        stated = source.facts
        if not dice.chance(dice.complete):
            stated = frozenset(fact for fact in FACTS if dice.chance(0.7) and fact in stated)
        text = _written(dice, vacancy, site, stated)
        copy.facts, copy.title = text.facts, f"{text.post} (H/F)"
        copy.post = text.post
        copy.pay = source.pay if "salary" in text.facts else _Pay()
        copy.sentences = _filled(text, vacancy, copy.pay)
        copy.company = dice.pick(["", "", source.company])
    else:
        copy.company = dice.pick(["", "", source.company])
    copy.structured = _structured(dice, site, copy.pay)
    ads.append(copy)


def _cut(dice: Dice, copy: _Ad, room: int) -> None:
    """Cut an ad's description after about `room` characters, and what it states with it."""
    kept: list[tuple[str, str]] = []
    for fact, words in copy.sentences:
        if len(words) + 1 > room:
            short = words[:room].rsplit(" ", 1)[0]
            kept.append(("", short + dice.pick(["…", " …", "..."])))
            break
        kept.append((fact, words))
        room -= len(words) + 1
    copy.sentences = kept
    copy.facts = frozenset({fact for fact, _ in kept} & copy.facts | ({"salary"} & copy.facts))


# Places, contracts and pay, as sites spell them


def _located(
    dice: Dice, site: str, vacancy: _Vacancy, vague: bool | None = None
) -> tuple[str, str, str]:
    """Return a place as the site writes it, with the commune and département that it tells."""
    town = COMMUNES[vacancy.town]
    department = DEPARTMENTS[town.department].code
    name = DEPARTMENT_NAMES[department]
    stem, rank = _stem(town.name)
    known = (WHOLE_COMMUNES.get(stem, town.code), department)
    if vague is None:
        vague = dice.chance({"guichet-emploi": 0.02, _EXECUTIVE_SITE: 0.14}.get(site, 0.09))
    if vague:
        if vacancy.telework and dice.chance(0.5):
            return (dice.pick(["Télétravail", "Télétravail complet", "France entière"]), "", "")
        if department == "75":
            return (dice.pick(["Île-de-France", "Région parisienne"]), "", "")
        around = ENVIRONS.get(department, f"{name} ({department})")
        return (dice.pick([around, around, f"{name} ({department})", name]), "", department)
    number = f" {int(rank):02d}" if rank else ""
    postcode = dice.pick(town.postcodes)
    text = {
        "fleuve-emploi": lambda: dice.pick(
            [
                *(f"{stem} ({department})", f"{stem} ({department})", f"{stem} - {department}"),
                *(stem.upper(), f"{stem}, {name}", f"{stem} et environs ({department})"),
            ]
        ),
        _EXECUTIVE_SITE: lambda: (
            dice.pick([f"Télétravail / {stem}", f"{stem} ({department}) - télétravail partiel"])
            if vacancy.telework and dice.chance(0.5)
            else dice.pick([f"{stem}{number} - {department}", f"{stem} ({name})"])
        ),
        "jobflux": lambda: dice.pick(
            [
                *(stem, f"{postcode} {stem}", f"{stem}, France"),
                f"{stem}, {REGION_NAMES[REGIONS[department]]}",
            ]
        ),
        "guichet-emploi": lambda: f"{department} - {employers.unaccented(stem)}{number}",
        "petites-annonces": lambda: dice.pick(
            [
                *(f"{stem.lower()} {department}", f"{stem} centre", postcode),
                employers.misspelt(dice, stem) if len(stem) > 4 else stem,
                employers.without_accents(stem).replace("Saint-", "St ").replace("-", " "),
            ]
        ),
        "interim-express": lambda: dice.pick(
            [
                f"{postcode} {employers.unaccented(stem)}" + (f" {rank}E" if rank else ""),
                *(f"{stem.upper()} ({postcode})", f"{stem} ({department})"),
                f"Secteur {stem} ({department})",
            ]
        ),
    }[site]()
    return (text, *known)


def _deadline(dice: Dice, site: str, published: int) -> int:
    chance = {_EXECUTIVE_SITE: 0.4, "guichet-emploi": 0.3, "fleuve-emploi": 0.15}.get(site, 0.0)
    return published + 14 + dice.below(35) if dice.chance(chance) else 0


def _engaged(dice: Dice, site: str, vacancy: _Vacancy) -> dict[str, object]:
    """Return a contract as the site writes it, and the months that this tells, 0 if none."""
    ways = FORMAL_CONTRACTS if site == "guichet-emploi" else CONTRACTS
    way = dice.pick(ways[vacancy.contract])
    if site == "petites-annonces":
        way = way.lower() if dice.chance(0.5) else way
    if vacancy.months == 0.5:
        length = dice.pick(["2 semaines", "15 jours"])
    elif vacancy.months in (12.0, 24.0, 36.0) and dice.chance(0.2):
        years = int(vacancy.months) // 12
        length = f"{years} an" + ("s" if years > 1 else "")
    else:
        unit = dice.pick(["mois", "mois", "Mois" if site == "guichet-emploi" else "mois"])
        length = f"{int(vacancy.months)} {unit}"
    return {
        "contract": way.format(length),
        "months": vacancy.months if "{}" in way else 0.0,
    }


def _grouped(dice: Dice, number: float, decimals: int = 0) -> str:
    """Return an amount as French people type it, with one of four kinds of space or none."""
    space = dice.pick([" ", NBSP, NARROW, "", " "])
    whole, _, rest = f"{number:,.{decimals}f}".partition(".")
    mark = "." if dice.chance(0.12) else ","
    return whole.replace(",", space) + (mark + rest if rest else "")


def _annual(amount: float | None, unit: str) -> float | None:
    times = {"YEAR": 1, "MONTH": 12, "HOUR": YEAR_OF_HOURS}[unit]
    return None if amount is None else round(amount * times, 2)


def _simple(text: str, low: float | None, high: float | None, unit: str) -> _Pay:
    return _Pay(text, _annual(low, unit), _annual(high, unit), (low, high, unit))


def _euro(dice: Dice) -> str:
    return dice.pick([" €", "€", f"{NBSP}€", " euros", " €"])


def _stated_pay(dice: Dice, site: str, vacancy: _Vacancy, day: int) -> _Pay:
    manner = dice.weighted(PAY_ODDS[site])
    if vacancy.hours < 35:  # what a month of part time pays would need the hours
        manner = {"guichet-emploi": "formal_hour", _EXECUTIVE_SITE: "k"}.get(site, "hour")
    if manner == "smic" and vacancy.low > 22_500:
        manner = "hour" if site != "fleuve-emploi" else "month"
    return _PAY[manner](dice, vacancy.low, vacancy.high, day)


def _pay_year(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, high = (round(amount / 500) * 500 for amount in (low, high))
    one, two, euro = _grouped(dice, low), _grouped(dice, high), _euro(dice)
    if low == high:
        ways = [f"{one}{euro} / an", f"{one}{euro} brut annuel", f"{one}{euro} bruts par an"]
    else:
        ways = [
            *(f"{one}{euro} à {two}{euro} / an", f"{one} - {two}{euro} par an"),
            *(f"de {one} à {two}{euro} bruts annuels", f"{one}{euro} / {two}{euro} annuel brut"),
        ]
    return _simple(dice.pick(ways), low, high, "YEAR")


def _pay_month(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, high = (round(amount / 120) * 10 for amount in (low, high))
    one, two, euro = _grouped(dice, low), _grouped(dice, high), _euro(dice)
    if low == high:
        ways = [f"{one}{euro} brut mensuel", f"{one}{euro}/mois", f"{one}{euro} brut/mois"]
    else:
        ways = [f"{one} à {two}{euro} brut par mois", f"de {one}{euro} à {two}{euro} mensuels"]
    return _simple(dice.pick(ways), low, high, "MONTH")


def _pay_month13(dice: Dice, low: int, high: int, day: int) -> _Pay:
    month = round(low / 130) * 10
    one, euro = _grouped(dice, month), _euro(dice)
    text = dice.pick(
        [f"{one}{euro} brut mensuel sur 13 mois", f"{one}{euro} x 13", f"{one}{euro} sur 13 mois"]
    )
    return _Pay(text, 13.0 * month, 13.0 * month, (month, month, "MONTH"))


def _thousands(low: int, high: int) -> tuple[int, int]:
    return round(low / 1000), round(high / 1000)


def _pay_k(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, high = _thousands(low, high)
    unit = dice.pick(["k€", "K€", f"{NBSP}k€", " K€", " k€"])
    if low == high:
        ways = [f"{low}{unit}", f"{low}{unit} brut annuel", f"{low}{unit}/an"]
    else:
        ways = [
            *(f"{low}-{high}{unit}", f"{low}/{high}{unit}", f"{low} à {high}{unit} selon profil"),
            *(f"{low} - {high}{unit} brut annuel", f"entre {low} et {high}{unit}"),
        ]
    return _simple(dice.pick(ways), 1000 * low, 1000 * high, "YEAR")


def _pay_k_from_to(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, high = _thousands(low, high)
    if low == high:
        text = dice.pick([f"{low}K", f"{low}K€ par an"])
    else:
        text = dice.pick([f"de {low}K à {high}K", f"{low}K€ - {high}K€ par an"])
    return _simple(text, 1000 * low, 1000 * high, "YEAR")


def _pay_from_k(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, _ = _thousands(low, high)
    text = dice.pick([f"À partir de {low} k€", f"{low} K€ minimum", f"Dès {low}k€"])
    return _simple(text, 1000 * low, None, "YEAR")


def _pay_k_plus(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, high = _thousands(low, high)
    more = 2 + dice.below(8)
    span = f"{low}" if low == high else f"{low}-{high}"
    text = dice.pick([f"{span} K€ + variable {more} K€", f"{span} k€ fixe + {more} k€ de bonus"])
    return _simple(text, 1000 * low, 1000 * high, "YEAR")


def _hourly(low: int, high: int, day: int) -> tuple[float, float]:
    least = SMIC[day >= NEW_SMIC]
    low, high = (max(round(amount / YEAR_OF_HOURS, 2), least) for amount in (low, high))
    return low, high


def _pay_hour(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, high = _hourly(low, high, day)
    one, two, euro = _grouped(dice, low, 2), _grouped(dice, high, 2), _euro(dice)
    if low == high or dice.chance(0.4):
        high = low
        ways = [f"{one}{euro}/h", f"{one}{euro} de l'heure", f"Taux horaire : {one}{euro}"]
    else:
        ways = [f"de {one} à {two}{euro}/h", f"{one} - {two}{euro} brut de l'heure"]
    return _simple(dice.pick(ways), low, high, "HOUR")


def _pay_hour_extra(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, _ = _hourly(low, high, day)
    one, euro = _grouped(dice, low, 2), _euro(dice)
    more = dice.pick(
        ["panier 9,50 €/jour", "10 % IFM + 10 % CP", "prime de 150 €/mois", "IFM + panier 6,80 €"]
    )
    return _simple(f"{one}{euro}/h + {more}", low, low, "HOUR")


def _pay_smic(dice: Dice, low: int, high: int, day: int) -> _Pay:
    amount = SMIC[day >= NEW_SMIC]
    text = dice.pick(["SMIC", "SMIC horaire", "SMIC + primes", "Smic en vigueur", "smic"])
    return _simple(text, amount, amount, "HOUR")._replace(amounts=(None, None, ""))


def _pay_net(dice: Dice, low: int, high: int, day: int) -> _Pay:
    month = round(low * NET / 120) * 10
    one = _grouped(dice, month)
    text = dice.pick([f"{one} euros net", f"{one} € net/mois", f"{one} net", f"{one}€ nets"])
    annual = round(12 * month / NET, 2)
    return _Pay(text, annual, annual, (month, month, "MONTH"))


def _pay_up_to(dice: Dice, low: int, high: int, day: int) -> _Pay:
    month = round(high / 120) * 10
    text = f"jusqu'à {_grouped(dice, month)}{_euro(dice)} brut/mois"
    return _simple(text, None, month, "MONTH")


def _formal(low: float, high: float) -> str:
    def written(amount: float) -> str:
        return f"{amount:,.2f}".replace(",", " ").replace(".", ",") + " Euros"

    return written(low) if low == high else f"{written(low)} à {written(high)}"


def _pay_formal_month(dice: Dice, low: int, high: int, day: int) -> _Pay:
    months = 13 if dice.chance(0.12) else 12
    low, high = (round(amount / months / 10) * 10 for amount in (low, high))
    text = f"Mensuel de {_formal(low, high)} sur {months} mois"
    return _Pay(text, float(months * low), float(months * high), (low, high, "MONTH"))


def _pay_formal_hour(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, high = _hourly(low, high, day)
    return _simple(f"Horaire de {_formal(low, high)}", low, high, "HOUR")


def _pay_formal_year(dice: Dice, low: int, high: int, day: int) -> _Pay:
    low, high = (round(amount / 500) * 500 for amount in (low, high))
    return _simple(f"Annuel de {_formal(low, high)} sur 12 mois", low, high, "YEAR")


_PAY: dict[str, Callable[[Dice, int, int, int], _Pay]] = {
    "year": _pay_year,
    "month": _pay_month,
    "month13": _pay_month13,
    "k": _pay_k,
    "k_from_to": _pay_k_from_to,
    "from_k": _pay_from_k,
    "k_plus": _pay_k_plus,
    "hour": _pay_hour,
    "hour_extra": _pay_hour_extra,
    "smic": _pay_smic,
    "net": _pay_net,
    "up_to": _pay_up_to,
    "formal_month": _pay_formal_month,
    "formal_hour": _pay_formal_hour,
    "formal_year": _pay_formal_year,
}


def _restated(dice: Dice, pay: _Pay) -> _Pay:
    """Return pay as the aggregator writes it: it knows neither net pay nor a thirteenth month."""
    low, high, unit = pay.amounts
    per = {"YEAR": "an", "MONTH": "mois", "HOUR": "heure"}[unit]
    decimals = 2 if unit == "HOUR" else 0
    known = [_grouped(dice, amount, decimals) for amount in (low, high) if amount is not None]
    if low is None or high is None or low == high:
        text = f"{known[0]} € par {per}"
        low = high = high if low is None else low
    else:
        text = f"{known[0]} € - {known[1]} € par {per}"
    return _simple(text, low, high, unit)


def _structured(dice: Dice, site: str, pay: _Pay) -> tuple[float | None, float | None, str]:
    """Return the amounts that a site gives apart from the text, as its JSON-LD or its API does."""
    chance = {_EXECUTIVE_SITE: 0.7, "jobflux": 0.8, "guichet-emploi": 1.0}.get(site, 0.0)
    if not pay.amounts[2] or not dice.chance(chance):
        return (None, None, "")
    low, high, unit = pay.amounts
    if site == "jobflux" and unit == "YEAR" and dice.chance(0.05):
        unit = "MONTH"
    return (low, high, unit)


# Tables


def _date(ordinal: int) -> datetime.datetime | None:
    return datetime.datetime.fromordinal(ordinal) if ordinal else None


def _or_none(text):
    return text or None


def _reference(site: str, number: int) -> str:
    """Return a site's own reference for an ad, in its manner; `number` has six digits at most."""
    if site == "fleuve-emploi":
        return f"R{number:06d}"
    if site == _EXECUTIVE_SITE:
        return f"CM-2023-{number:06d}"
    if site == "jobflux":
        return f"{(number * 2_654_435_761 + 97) % 2**40:010x}"
    if site == "guichet-emploi":
        letters, rest = "", number
        for _ in range(4):
            rest, place = divmod(rest, len(_CAPITALS))
            letters += _CAPITALS[place]
        return f"{145 + rest}{letters}"
    if site == "petites-annonces":
        return f"{100_000_000 + number}"
    return f"IE/{number // 1000:03d}/{number % 1000:03d}"


def _ad_table(
    vacancies: list[_Vacancy],
    ads: list[_Ad],
    ad_id: list[str],
    references: list[int],
) -> pd.DataFrame:
    rows = []
    for ad, identifier, number in zip(ads, ad_id, references, strict=True):
        vacancy = vacancies[ad.group]
        if ad.site == "guichet-emploi":  # its list is that of occupations
            category = vacancy.post[0]
        else:
            category = CATEGORIES[ad.site][OCCUPATIONS[vacancy.job].family]
        rows.append(
            (
                identifier,
                ad.site,
                _reference(ad.site, number),
                ad.title,
                _or_none(ad.company),
                ad.description,
                ad.place[0],
                ad.contract,
                _or_none(ad.pay.text),
                category,
                _date(ad.published),
                _date(ad.first),
                _date(ad.last),
                _date(ad.apply_by),
                ad.structured[0],
                ad.structured[1],
                _or_none(ad.structured[2]),
            )
        )
    return pd.DataFrame(rows, columns=_AD_COLUMNS)


_AD_COLUMNS = [
    *["ad_id", "site", "reference", "title", "company", "description", "location", "contract"],
    *["salary", "occupation", "published", "first_seen", "last_seen", "apply_by"],
    *["salary_min", "salary_max", "salary_unit"],
]


def _truth_table(
    vacancies: list[_Vacancy], ads: list[_Ad], ad_id: list[str], vacancy_id: dict[int, str]
) -> pd.DataFrame:
    rows = []
    for ad, identifier in zip(ads, ad_id, strict=True):
        vacancy = vacancies[ad.group]
        rows.append(
            {
                "ad_id": identifier,
                "vacancy_id": None if vacancy.kind == "ghost" else vacancy_id[ad.group],
                "kind": vacancy.kind,
                "copied_from": ad_id[ad.source] if 0 <= ad.source < len(ads) else None,
                "commune": _or_none(ad.place[1]),
                "departement": _or_none(ad.place[2]),
                "salary_low": ad.pay.low,
                "salary_high": ad.pay.high,
                "contract_code": vacancy.contract,
                "duration_months": ad.months or None,
                "rome": OCCUPATIONS[vacancy.job].code,
                "positions": vacancy.positions,
                "experience_years": vacancy.years if "experience" in ad.facts else None,
                "weekly_hours": vacancy.hours if "hours" in ad.facts else None,
                "starts": _date(vacancy.start) if "start" in ad.facts else None,
            }
        )
    return pd.DataFrame(rows)


def _vacancy_table(vacancies: list[_Vacancy], vacancy_id: dict[int, str]) -> pd.DataFrame:
    rows = []
    for group, identifier in vacancy_id.items():
        vacancy = vacancies[group]
        if vacancy.kind == "ghost":
            continue
        job, town = OCCUPATIONS[vacancy.job], COMMUNES[vacancy.town]
        stays = vacancy.kind == "evergreen" or vacancy.closed > LAST_DAY
        rows.append(
            {
                "vacancy_id": identifier,
                "rome": job.code,
                "executive": job.executive,
                "commune": WHOLE_COMMUNES.get(_stem(town.name)[0], town.code),
                "employer": vacancy.firm.name,
                "opened": _date(vacancy.opened),
                "filled": None if stays else _date(vacancy.closed),
                "positions": vacancy.positions,
                "salary_low": float(vacancy.low),
                "salary_high": float(vacancy.high),
                "contract_code": vacancy.contract,
            }
        )
    return pd.DataFrame(rows)


def _site_table() -> pd.DataFrame:
    rows = [(site, *told) for site, told in SITES.items()]
    return pd.DataFrame(rows, columns=["site", "name", "kind", "about"])


def _empty_market() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "month": pd.Series(dtype="datetime64[us]"),
            "region": pd.Series(dtype="str"),
            "family": pd.Series(dtype="str"),
            "vacancies": pd.Series(dtype="int64"),
            "executives": pd.Series(dtype="int64"),
        }
    )


def _market_table(dice: Dice) -> pd.DataFrame:
    """Return what a statistical office publishes of the whole labour market, to the ten."""
    regions: dict[str, float] = {}
    for town, share in zip(COMMUNES, employers.COMMUNE_SHARES.tolist(), strict=True):
        region = REGIONS[DEPARTMENTS[town.department].code]
        regions[region] = regions.get(region, 0.0) + share
    whole = sum(job.weight for job in OCCUPATIONS)
    rows = []
    for month, season in enumerate(MONTHS):
        for region in sorted(regions):
            for family in FAMILIES:
                jobs = [job for job in OCCUPATIONS if job.family == family]
                cell = MARKET / len(MONTHS) * season * regions[region] / whole
                counts = []
                for executive in (True, False):
                    weight = sum(job.weight for job in jobs if job.executive is executive)
                    drift = 0.9 + 0.2 * dice.uniform()
                    counts.append(round(cell * weight * drift / 10) * 10)
                day = datetime.datetime(2023, month + 1, 1)
                rows.append((day, region, family, sum(counts), counts[0]))
    return pd.DataFrame(rows, columns=["month", "region", "family", "vacancies", "executives"])


def words(text: str) -> str:
    """Return a text's words in small letters without accents or punctuation, one space between."""
    return _NOT_WORDS.sub(" ", employers.without_accents(text).lower()).strip()


def _pair_table(vacancies: list[_Vacancy], ads: list[_Ad], ad_id: list[str]) -> pd.DataFrame:
    texts = [(ad.post, words(ad.description)) for ad in ads]
    groups: dict[int, list[int]] = {}
    for place, ad in enumerate(ads):
        groups.setdefault(ad.group, []).append(place)
    found = [
        (a, b, _pair_type(ads[a], ads[b], texts[a] == texts[b]))
        for places in groups.values()
        for a, b in itertools.combinations(places, 2)
    ]
    # Look-alikes, among what employers wrote themselves: one text, or one employer and one title
    alike: dict[tuple, list[int]] = {}
    for place, ad in enumerate(ads):
        vacancy = vacancies[ad.group]
        if ad.source >= 0:
            continue
        if vacancy.campaign is not None:
            alike.setdefault(("campaign", id(vacancy.campaign)), []).append(place)
        elif ad.company:
            alike.setdefault((vacancy.firm.name, ad.post), []).append(place)
    found += [
        (a, b, "non_duplicate")
        for places in alike.values()
        for a, b in itertools.combinations(places, 2)
        if ads[a].group != ads[b].group
    ]
    rows = [(*sorted((ad_id[a], ad_id[b])), kind) for a, b, kind in found]
    frame = pd.DataFrame(rows, columns=["ad_id_1", "ad_id_2", "type"])
    return frame.sort_values(["ad_id_1", "ad_id_2"])


def _pair_type(one: _Ad, other: _Ad, same_text: bool) -> str:
    if same_text:
        return "full"
    if one.facts != other.facts:
        return "partial"
    return "temporal" if abs(one.first - other.first) >= APART else "semantic"


# What the twin reaches


def count_planted(tables: dict[str, pd.DataFrame]) -> dict[tuple[str, str], int]:
    """Return the number of ads by kind and type of what is planted in them, as on the card."""
    ads, pairs = tables["truth/ads"], tables["truth/pairs"]
    counts = {
        ("error", "ghost"): int(ads["kind"].eq("ghost").sum()),
        ("legitimate", "evergreen"): int(ads["kind"].eq("evergreen").sum()),
    }
    for type_, rows in pairs.groupby("type"):
        kind = "legitimate" if type_ == "non_duplicate" else "error"
        concerned = pd.concat([rows["ad_id_1"], rows["ad_id_2"]]).nunique()
        counts[kind, str(type_)] = int(concerned)
    return counts


def measure_margins(twin: Block) -> dict[str, float]:
    """Return the share of the public employment service's ads that partners gave, in percent."""
    site = twin.tables["ads"].set_index("ad_id")["site"]
    copied = twin.truth["ads"].set_index("ad_id")["copied_from"].notna()
    return {"offers from partners": 100 * float(copied[site.eq("guichet-emploi")].mean())}


def jaccard(ads: pd.DataFrame, pairs: pd.DataFrame) -> pd.Series:
    """Return the Jaccard index of the sets of words of titles and descriptions, pair by pair."""
    texts = ads["title"] + " " + ads["description"]
    sets = {key: set(words(text).split()) for key, text in zip(ads["ad_id"], texts, strict=True)}
    found = [
        len(sets[a] & sets[b]) / len(sets[a] | sets[b])
        for a, b in zip(pairs["ad_id_1"], pairs["ad_id_2"], strict=True)
    ]
    return pd.Series(found, index=pairs.index, dtype=float)


def salary_from_digits(text: str) -> tuple[float, float]:
    """Read a salary by taking every run of digits: the first and the last are its bounds."""
    runs = re.findall(r"\d+", text)
    return float(runs[0]), float(runs[-1])


def salary_from_size(text: str) -> tuple[float, float]:
    """Read a salary by its first and last number, and the unit by their size.

    Spaces within a number are left out, k stands for thousands; under 100 is an hour's pay, under
    10,000 a month's, the rest a year's. Net pay, a thirteenth month and bonuses are not seen.
    """
    thousands = re.search(r"\d\s*k", text, re.IGNORECASE) is not None
    found = []
    for run in re.findall(r"\d+(?:\s\d{3})*(?:[.,]\d+)?", text):
        number = float(re.sub(r"\s", "", run).replace(",", "."))
        if thousands:
            number *= 1000
        found.append(number * (YEAR_OF_HOURS if number < 100 else 12 if number < 10_000 else 1))
    return found[0], found[-1]


def measure_difficulty(twin: Block) -> dict[str, float]:
    """Return how hard ads are to count, and their pay to read.

    Returns
    -------
    dict
        `ads_per_vacancy`; `full_share` … `partial_share` of the duplicate pairs; `hard_share` of
        them, whose words have a Jaccard index under 0.5; `look_alikes`, pairs of other vacancies
        with an index over it, over duplicate pairs; `exact_precision`, `exact_recall` of the pairs
        that agree in cleaned title, company and location, and `exact_count`, the number of
        different ones over that of vacancies; `executives_ads`, `executives_market`, shares;
        `digits_wrong` and `size_wrong`, shares of the salaries with a figure in them that
        `salary_from_digits` and `salary_from_size` miss by more than 1 %.
    """
    ads, pairs = twin.tables["ads"], twin.truth["pairs"]
    truth = twin.truth["ads"].set_index("ad_id").loc[ads["ad_id"]]
    duplicates = pairs["type"] != "non_duplicate"
    alike = jaccard(ads, pairs)
    counts = pairs.loc[duplicates, "type"].value_counts(normalize=True)
    vacancies = truth["vacancy_id"].nunique()

    columns = ads[["title", "company", "location"]].fillna("")
    keys = columns.map(words).agg("|".join, axis=1).to_numpy()
    by_key = pd.Series(ads["ad_id"].to_numpy()).groupby(keys).agg(list)
    exact = {tuple(sorted(pair)) for ids in by_key for pair in itertools.combinations(ids, 2)}
    real = set(zip(pairs.loc[duplicates, "ad_id_1"], pairs.loc[duplicates, "ad_id_2"], strict=True))
    executive = truth["rome"].isin([job.code for job in OCCUPATIONS if job.executive])
    market = twin.tables["market"]

    stated = ads["salary"].str.contains(r"\d", na=False).to_numpy()
    texts = ads.loc[stated, "salary"].tolist()
    bounds = truth.loc[stated, ["salary_low", "salary_high"]].to_numpy(float)

    return {
        "ads_per_vacancy": len(ads) / vacancies,
        **{
            f"{name}_share": float(counts.get(name, 0.0))
            for name in ("full", "semantic", "temporal", "partial")
        },
        "hard_share": float((alike[duplicates] < HARD_JACCARD).mean()),
        "look_alikes": float((alike[~duplicates] >= HARD_JACCARD).sum() / duplicates.sum()),
        "exact_precision": len(exact & real) / len(exact),
        "exact_recall": len(exact & real) / len(real),
        "exact_count": len(by_key) / vacancies,
        "executives_ads": float(executive.mean()),
        "executives_market": float(market["executives"].sum() / market["vacancies"].sum()),
        "digits_wrong": _wrong(texts, bounds, salary_from_digits),
        "size_wrong": _wrong(texts, bounds, salary_from_size),
    }


def _wrong(
    texts: list[str], bounds: np.ndarray, read: Callable[[str], tuple[float, float]]
) -> float:
    """Return the share of texts that `read` misses by more than 1 %, where a bound is stated."""
    found = np.array([read(text) for text in texts])
    missed = np.abs(found - bounds) > 0.01 * bounds  # False where a bound is missing
    return float(missed.any(axis=1).mean())
